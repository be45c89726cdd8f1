//! What a mail server and this filter agree on before the first mail: what may be changed, what need not be sent, and what is not answered.

use super::packet::Offer;

/// The version of the protocol that is spoken here; older ones are understood from 2 on.
const VERSION: u32 = 6;
const VERSION_MIN: u32 = 2;

/// A header may be added.
const ADD_HEADERS: u32 = 0x01;
/// A header may be changed, or taken away.
const CHANGE_HEADERS: u32 = 0x10;
/// A mail may be held.
const QUARANTINE: u32 = 0x20;

const NEEDED: u32 = ADD_HEADERS | CHANGE_HEADERS | QUARANTINE;

/// Steps that this filter need not see: the client's connection and greeting, sender, recipients, unknown commands, DATA.
const NOT_SENT: u32 = 0x01 | 0x02 | 0x04 | 0x08 | 0x100 | 0x200;
/// Headers are not answered, so that they come without a wait.
const HEADERS_UNANSWERED: u32 = 0x80;
/// The end of the headers is not answered.
const END_OF_HEADERS_UNANSWERED: u32 = 0x4_0000;
/// Pieces of a body are not answered.
const BODY_UNANSWERED: u32 = 0x8_0000;
/// The blank behind a header's colon comes with its value.
const LEADING_SPACE: u32 = 0x10_0000;

const WANTED: u32 =
    NOT_SENT | HEADERS_UNANSWERED | END_OF_HEADERS_UNANSWERED | BODY_UNANSWERED | LEADING_SPACE;

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    protocol: u32,
}

impl Agreed {
    /// Agrees on what this filter wants of what is offered; also returns what is answered. `None` if the mail server cannot do what
    /// this filter needs: adding and taking away headers, and holding mails.
    #[must_use]
    pub fn on(offer: Offer) -> Option<(Self, Offer)> {
        if offer.version < VERSION_MIN || offer.actions & NEEDED != NEEDED {
            return None;
        }
        let protocol = offer.protocol & WANTED;
        let answer = Offer {
            version: offer.version.min(VERSION),
            actions: NEEDED,
            protocol,
        };
        Some((Self { protocol }, answer))
    }

    /// Whether headers are answered.
    #[must_use]
    pub const fn answers_headers(self) -> bool {
        self.protocol & HEADERS_UNANSWERED == 0
    }

    /// Whether the end of the headers is answered.
    #[must_use]
    pub const fn answers_end_of_headers(self) -> bool {
        self.protocol & END_OF_HEADERS_UNANSWERED == 0
    }

    /// Whether pieces of a body are answered.
    #[must_use]
    pub const fn answers_body(self) -> bool {
        self.protocol & BODY_UNANSWERED == 0
    }

    /// Whether a header's value comes with the blank behind its colon.
    #[must_use]
    pub const fn has_leading_space(self) -> bool {
        self.protocol & LEADING_SPACE != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postfix_offers_is_taken_as_far_as_it_is_wanted() {
        let postfix = Offer {
            version: 6,
            actions: 0x1ff,
            protocol: 0x1f_ffff,
        };
        let (agreed, answer) = Agreed::on(postfix).unwrap();
        assert_eq!((answer.version, answer.actions), (6, 0x31));
        assert_eq!(answer.protocol, 0x1c_038f);
        assert!(!agreed.answers_headers() && !agreed.answers_body());
        let newer = Offer {
            version: 7,
            ..postfix
        };
        assert_eq!(Agreed::on(newer).unwrap().1.version, 6);
    }

    #[test]
    fn an_old_server_that_can_leave_nothing_out_is_answered_in_full() {
        let old = Offer {
            version: 2,
            actions: 0x3f,
            protocol: 0,
        };
        let (agreed, answer) = Agreed::on(old).unwrap();
        assert_eq!((answer.version, answer.protocol), (2, 0));
        assert!(agreed.answers_headers() && agreed.answers_end_of_headers());
        assert!(agreed.answers_body() && !agreed.has_leading_space());
        let older = Offer { version: 1, ..old };
        assert_eq!(Agreed::on(older), None);
        let unable = Offer {
            actions: 0x1f,
            ..old
        };
        assert_eq!(Agreed::on(unable), None, "it cannot hold mails");
    }
}
