//! The one door to LightGBM: a process-wide turn, checked return codes, and a silenced log.
//!
//! LightGBM keeps its thread count in a global variable that every call with parameters sets, and
//! buffers made under one count are used under the next. So each operation holds [`Turn`] from
//! its first call to its last. The turn is never awaited by the thread that already has it: that
//! would never end, so it is refused as [`LightGbmError::Nested`].

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lightgbm3_sys::{LGBM_GetLastError, LGBM_RegisterLogCallback};

use crate::LightGbmError;

static TURN: Mutex<()> = Mutex::new(());

thread_local! {
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
}

/// The right to call LightGBM, held by one thread of the process at a time.
pub(crate) struct Turn {
    _guard: MutexGuard<'static, ()>,
}

impl Turn {
    /// Waits for the turn, and silences LightGBM's log on this thread.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Nested`] if this thread has the turn already.
    pub(crate) fn take() -> Result<Self, LightGbmError> {
        if HAS_TURN.get() {
            return Err(LightGbmError::Nested);
        }
        // The mutex guards no data, so a panic elsewhere leaves nothing half done.
        let guard = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        HAS_TURN.set(true);
        let turn = Self { _guard: guard };
        // SAFETY: the callback is a plain function that lives as long as the program, takes the
        // C string without reading it, and cannot unwind.
        let code = unsafe { LGBM_RegisterLogCallback(Some(discard)) };
        check("LGBM_RegisterLogCallback", code)?;
        Ok(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        HAS_TURN.set(false);
    }
}

/// Swallows one piece of LightGBM's log, which would go to standard output otherwise.
extern "C" fn discard(_message: *const c_char) {}

/// Turns a return code of the C interface into a result. Must run on the thread that made the
/// call, since LightGBM keeps its last message per thread.
pub(crate) fn check(call: &'static str, code: c_int) -> Result<(), LightGbmError> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: takes nothing, and returns a pointer to this thread's static message buffer.
    let pointer = unsafe { LGBM_GetLastError() };
    let message = if pointer.is_null() {
        String::from("no message")
    } else {
        // SAFETY: not null, NUL-terminated by `snprintf`, and not written before we have copied
        // it, as only calls on this thread write it.
        let text = unsafe { CStr::from_ptr(pointer) };
        text.to_string_lossy().into_owned()
    };
    Err(LightGbmError::Library { call, message })
}

/// Converts a count for the C interface, whose integers are 32 bits wide.
pub(crate) fn count(what: &'static str, found: usize) -> Result<i32, LightGbmError> {
    match i32::try_from(found) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(LightGbmError::Count { what, found }),
    }
}

/// Checks that a row-major table of `rows` by `columns` is as long as that.
pub(crate) fn shape(
    values: &[f32],
    rows: usize,
    columns: usize,
) -> Result<(i32, i32), LightGbmError> {
    let shape = (count("rows", rows)?, count("columns", columns)?);
    let expected = rows.saturating_mul(columns);
    if values.len() == expected {
        Ok(shape)
    } else {
        Err(LightGbmError::Length {
            what: "values",
            expected,
            found: values.len(),
        })
    }
}

/// Narrows a constant of the C interface, which bindgen reads as unsigned.
pub(crate) const fn constant(value: u32) -> c_int {
    value.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_refused_to_the_thread_that_has_it_and_granted_after() {
        let first = Turn::take().unwrap();
        assert_eq!(Turn::take().err(), Some(LightGbmError::Nested));
        drop(first);
        assert!(Turn::take().is_ok());
    }

    #[test]
    fn counts_outside_the_c_interface_are_refused() {
        assert_eq!(count("rows", 1), Ok(1));
        assert_eq!(
            count("rows", 0),
            Err(LightGbmError::Count {
                what: "rows",
                found: 0
            })
        );
        let large = usize::try_from(i32::MAX).unwrap();
        assert_eq!(count("rows", large), Ok(i32::MAX));
        assert!(count("rows", large + 1).is_err());
    }
}
