//! The allocator and its one setting.
#![allow(unsafe_code, reason = "mimalloc's settings are a C function")]

/// Tensors of the same sizes come and go at every step; the system's allocator would return their
/// pages to the kernel each time and fault them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc's `mi_option_t`.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Keeps freed memory for the next step instead of giving it back after ten milliseconds.
pub(crate) fn keep_freed_memory() {
    // SAFETY: the function stores a number; -1 is documented as "never".
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, -1) }
}
