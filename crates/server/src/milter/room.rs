//! The bytes that are held of all mails together: what many large mails at once may take of the machine.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How much is held, and how much may be.
#[derive(Debug)]
pub(super) struct Room {
    held: AtomicUsize,
    bytes_max: usize,
}

/// What one connection holds of it; given back when it ends.
#[derive(Debug)]
pub(super) struct Share<'a> {
    room: &'a Room,
    bytes: usize,
}

impl Room {
    pub(super) const fn new(bytes_max: usize) -> Self {
        Self {
            held: AtomicUsize::new(0),
            bytes_max,
        }
    }

    pub(super) const fn share(&self) -> Share<'_> {
        Share {
            room: self,
            bytes: 0,
        }
    }
}

impl Share<'_> {
    /// Holds so many bytes from now on; `false` if there is no room for more, and nothing changes.
    #[must_use]
    pub(super) fn hold(&mut self, bytes: usize) -> bool {
        let others = |held: usize| held.saturating_sub(self.bytes);
        let grown = self
            .room
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                match others(held).checked_add(bytes) {
                    Some(sum) if bytes <= self.bytes || sum <= self.room.bytes_max => Some(sum),
                    _ => None,
                }
            });
        if grown.is_ok() {
            self.bytes = bytes;
        }
        grown.is_ok()
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_until_it_is_held_and_after_it_is_given_back() {
        let room = Room::new(100);
        let mut one = room.share();
        let mut other = room.share();
        assert!(one.hold(60) && other.hold(40));
        assert!(!other.hold(41));
        assert!(other.hold(40) && other.hold(10), "less is always possible");
        assert!(one.hold(90));
        drop(one);
        assert!(other.hold(100));
        drop(other);
        assert_eq!(room.held.load(Ordering::Relaxed), 0);
    }
}
