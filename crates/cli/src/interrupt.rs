//! Ctrl-C, for verbs that print what they know rather than die.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{OrFail, Outcome};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is a request to come to an end; a second one ends the program.
pub(crate) fn heed() -> Outcome<()> {
    let handler = || {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::abort();
        }
    };
    ctrlc::set_handler(handler).or_fail(|| "cannot listen to Ctrl-C".to_owned())
}

/// Asks for an end: nobody is there to read what would come.
pub(crate) fn request() {
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Returns whether somebody asked for an end.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
