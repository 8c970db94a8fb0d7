//! `electra devices`

use crate::device;

/// Prints every device with its number.
pub(super) fn run() {
    for (number, listed) in device::list().iter().enumerate() {
        anstream::println!("{number:>2}  {listed}");
    }
}
