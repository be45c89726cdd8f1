//! What somebody does for the first time: the programs behind the signals of habits, by name.

use ringtrue_core::Event;
use ringtrue_intake::history::History;
use serde::Serialize;

use crate::loaded::Loaded;

/// A program that somebody runs for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct First {
    /// Its name.
    pub program: String,
    /// Whether the user never ran it.
    pub user: bool,
    /// Whether it never ran on the host.
    pub host: bool,
    /// Whether nobody ever ran it.
    pub fleet: bool,
}

impl First {
    /// Says it in an analyst's words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let who = match (self.user, self.host, self.fleet) {
            (_, _, true) => "anybody",
            (true, true, false) => "this user, and anybody on this host,",
            (true, false, false) => "this user",
            (false, _, false) => "anybody on this host",
        };
        let others = if self.fleet {
            ""
        } else {
            "; others did before"
        };
        format!("first time {who} runs `{}`{others}", self.program)
    }
}

/// Returns what is new in an event to those whom `history` remembers; nothing of evidence that its reader may not see.
#[must_use]
pub fn firsts(loaded: &Loaded, history: Option<&History>, event: &Event) -> Vec<First> {
    let Some(history) = history.filter(|_| !loaded.revealed().hides_evidence()) else {
        return Vec::new();
    };
    loaded.reader.firsts(history, event, |first| First {
        program: first.name.to_owned(),
        user: first.user,
        host: first.host,
        fleet: first.fleet,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_say_to_whom_it_is_new() {
        for (user, host, fleet, expected) in [
            (true, true, true, "first time anybody runs `nc`"),
            (
                true,
                false,
                false,
                "first time this user runs `nc`; others did before",
            ),
            (
                false,
                true,
                false,
                "first time anybody on this host runs `nc`; others did before",
            ),
            (
                true,
                true,
                false,
                "first time this user, and anybody on this host, runs `nc`; others did before",
            ),
        ] {
            let first = First {
                program: "nc".to_owned(),
                user,
                host,
                fleet,
            };
            assert_eq!(first.sentence(), expected);
        }
    }
}
