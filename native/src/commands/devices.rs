//! `electra devices`

use crate::{device, print};
use anyhow::Result;

/// Prints every device with its number, then which of them `auto` takes: to find out, GPUs are
/// opened and tried, which a broken driver may not survive.
pub(super) fn run() -> Result<()> {
    let all = device::list();
    for (number, listed) in all.iter().enumerate() {
        print::line(format_args!("{number:>2}  {listed}"))?;
    }
    print::line(format_args!("`auto` takes {}", device::auto(&all)?.word))
}
