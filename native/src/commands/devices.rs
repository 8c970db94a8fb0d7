//! `electra devices`

use crate::device;
use anyhow::Result;

/// Prints every device with its number.
pub(super) fn run() -> Result<()> {
    for (number, listed) in device::list().iter().enumerate() {
        anstream::println!("{number:>2}  {listed}");
    }
    Ok(())
}
