//! `electra devices`

use crate::{device, print};
use anyhow::Result;

/// Prints every device with its number.
pub(super) fn run() -> Result<()> {
    for (number, listed) in device::list().iter().enumerate() {
        print::line(format_args!("{number:>2}  {listed}"))?;
    }
    Ok(())
}
