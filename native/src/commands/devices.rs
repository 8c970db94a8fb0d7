//! `electra devices`

use crate::{device, print};
use anyhow::Result;

/// Prints every device with its number, and which of them `auto` takes.
pub(super) fn run() -> Result<()> {
    let all = device::list();
    let auto = device::auto(&all)?.word;
    for (number, listed) in all.iter().enumerate() {
        let mark = if device::word(&all, number) == auto { " (what `auto` takes)" } else { "" };
        print::line(format_args!("{number:>2}  {listed}{mark}"))?;
    }
    Ok(())
}
