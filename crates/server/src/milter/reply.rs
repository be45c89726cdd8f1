//! What a mail server is told of a mail: headers taken away and added, and what is done with it.
//!
//! ```text
//!   verdict ─► X-Ringtrue-Verdict: block          ┐
//!              X-Ringtrue-Decided-By: detector    │ added, once what stood under these names is taken away
//!              X-Ringtrue-Score: 0.9731           │
//!              X-Ringtrue-Id: 00000000000000...   │
//!              X-Ringtrue-Reasons: text +4.10; .. ┘
//!   answer ──► go on, hold, `451 4.7.1 ..` or `550 5.7.1 ..`
//! ```

use ringtrue_core::Action;
use ringtrue_model::Reason;

use super::letter::Letter;
use super::options::{Answer, MilterOptions};
use super::packet::write;
use crate::engine::Told;
use crate::verdict::DecidedBy;

/// Bytes of the header with reasons: a line of a mail has at most 998.
const REASONS_BYTES: usize = 900;

/// What came of a mail.
pub(super) enum Outcome {
    /// It has a verdict.
    Decided(Box<Told>),
    /// Nobody scored it in time.
    Unscored(Action),
    /// It is too large, or none.
    Unread,
}

impl Outcome {
    /// Returns what is done with the mail.
    pub(super) fn answer(&self, options: &MilterOptions) -> Answer {
        match self {
            Self::Decided(told) => options.of_scored(told.answer.action),
            Self::Unscored(action) => options.of_unscored(*action),
            Self::Unread => options.unread,
        }
    }

    /// Returns the headers that tell of it, names with values.
    fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Decided(told) => {
                let answer = &told.answer;
                let mut headers = vec![
                    ("X-Ringtrue-Verdict", answer.action.to_string()),
                    ("X-Ringtrue-Decided-By", word(told.decided_by).to_owned()),
                    ("X-Ringtrue-Score", answer.score.to_string()),
                    ("X-Ringtrue-Id", told.verdict.to_string()),
                ];
                if !answer.reasons.is_empty() {
                    headers.push(("X-Ringtrue-Reasons", reasons(&answer.reasons)));
                }
                headers
            }
            Self::Unscored(action) => vec![
                ("X-Ringtrue-Verdict", action.to_string()),
                (
                    "X-Ringtrue-Decided-By",
                    word(DecidedBy::Deadline).to_owned(),
                ),
            ],
            Self::Unread => vec![("X-Ringtrue-Verdict", "unread".to_owned())],
        }
    }

    /// Says in a line why a mail is not delivered.
    fn why(&self) -> String {
        match self {
            Self::Decided(told) => {
                format!("the content of this mail is refused ({})", told.verdict)
            }
            Self::Unscored(_) => "this mail could not be looked at in time".to_owned(),
            Self::Unread => "this mail cannot be looked at".to_owned(),
        }
    }
}

const fn word(decided_by: DecidedBy) -> &'static str {
    match decided_by {
        DecidedBy::Detector => "detector",
        DecidedBy::Canary => "canary",
        DecidedBy::Deadline => "deadline",
        DecidedBy::AuditSample => "audit_sample",
        DecidedBy::Stopgap => "stopgap",
    }
}

/// Returns reasons as they stand in a header: what spoke, and how loud in log-odds.
fn reasons(reasons: &[Reason]) -> String {
    let mut text = String::new();
    for reason in reasons {
        // A column may be called by anything.
        let is_plain = |letter: &char| letter.is_ascii_graphic() && *letter != ';';
        let name: String = reason.signal.chars().filter(is_plain).collect();
        let parting = if text.is_empty() { "" } else { "; " };
        let reason = format!("{parting}{name} {:+.2}", reason.margin);
        if text.len() + reason.len() > REASONS_BYTES {
            break;
        }
        text.push_str(&reason);
    }
    text
}

/// Writes what a mail server is told of a mail, and returns the answer that it comes to.
pub(super) fn reply(
    outcome: &Outcome,
    answer: Answer,
    letter: &Letter,
    out: &mut Vec<u8>,
) -> Answer {
    let is_delivered = matches!(answer, Answer::Accept | Answer::Quarantine);
    if is_delivered && letter.is_overforged() {
        // It would be delivered with verdicts that nobody gave.
        refuse(
            out,
            "550 5.7.1 too many headers of the recipient's own filter",
        );
        return Answer::Reject;
    }
    match answer {
        Answer::Accept => {}
        Answer::Quarantine => write(out, b'q', &[outcome.why().as_bytes(), &[0]]),
        Answer::Defer => refuse(out, &format!("451 4.7.1 {}", outcome.why())),
        Answer::Reject => refuse(out, &format!("550 5.7.1 {}", outcome.why())),
    }
    if is_delivered {
        for forged in letter.forged() {
            let index = forged.index.to_be_bytes();
            // An empty value takes the header away.
            write(out, b'm', &[&index, &forged.name, &[0], &[0]]);
        }
        for (name, value) in outcome.headers() {
            // The mail server itself puts a blank behind the colon where values come without theirs.
            write(
                out,
                b'h',
                &[
                    name.as_bytes(),
                    &[0],
                    letter.blank(),
                    value.as_bytes(),
                    &[0],
                ],
            );
        }
        write(out, b'c', &[]);
    }
    answer
}

fn refuse(out: &mut Vec<u8>, text: &str) {
    write(out, b'y', &[text.as_bytes(), &[0]]);
}

#[cfg(test)]
mod tests {
    use ringtrue_core::EventId;

    use super::*;
    use crate::answer::Answer as Said;
    use crate::milter::negotiation::Agreed;
    use crate::milter::packet::{Offer, frame};
    use crate::verdict::VerdictId;

    fn letter(protocol: u32, headers: &[&str]) -> Letter {
        let offer = Offer {
            version: 6,
            actions: 0x1ff,
            protocol,
        };
        let mut letter = Letter::new(1 << 20, Agreed::on(offer).unwrap().0);
        for name in headers {
            assert!(letter.header(name.as_bytes(), b"x"));
        }
        letter
    }

    fn decided(action: Action, reasons: Vec<Reason>) -> Outcome {
        let verdict = VerdictId {
            sequence: 0x2a,
            check: 7,
        };
        Outcome::Decided(Box::new(Told {
            verdict,
            decided_by: DecidedBy::Detector,
            answer: Said {
                id: EventId([0; 16]),
                row: 0,
                margin: 1.5,
                score: 0.25,
                calibrated: true,
                action,
                covered: None,
                detector: String::new(),
                outside: None,
                reasons,
            },
        }))
    }

    fn reason(signal: &str, margin: f64) -> Reason {
        Reason {
            signal: signal.to_owned(),
            meaning: String::new(),
            value: None,
            margin,
        }
    }

    /// The packets of a reply, with `|` for NUL, and the answer.
    fn told(outcome: &Outcome, answer: Answer, letter: &Letter) -> (Vec<String>, Answer) {
        let mut out = Vec::new();
        let answer = reply(outcome, answer, letter, &mut out);
        let (mut packets, mut rest) = (Vec::new(), out.as_slice());
        while let Some(at) = frame(rest).unwrap() {
            packets.push(String::from_utf8_lossy(&rest[at.clone()]).replace('\0', "|"));
            rest = &rest[at.end..];
        }
        assert!(rest.is_empty());
        (packets, answer)
    }

    #[test]
    fn a_delivered_mail_loses_forged_headers_and_gets_ours() {
        let reasons = vec![reason("text", 4.1), reason("a;b\r\nc\u{e9}", -0.25)];
        let forged = letter(0x10_0000, &["X-Ringtrue-Id", "Subject", "x-ringtrue-id"]);
        let outcome = decided(Action::Review, reasons);
        let (packets, answer) = told(&outcome, Answer::Quarantine, &forged);
        assert_eq!(answer, Answer::Quarantine);
        let expected = [
            "qthe content of this mail is refused (000000000000002a0000000000000007)|",
            "m|||\u{2}x-ringtrue-id||",
            "m|||\u{1}X-Ringtrue-Id||",
            "hX-Ringtrue-Verdict| review|",
            "hX-Ringtrue-Decided-By| detector|",
            "hX-Ringtrue-Score| 0.25|",
            "hX-Ringtrue-Id| 000000000000002a0000000000000007|",
            "hX-Ringtrue-Reasons| text +4.10; abc -0.25|",
            "c",
        ];
        assert_eq!(packets, expected);
    }

    #[test]
    fn what_is_not_delivered_says_why_and_changes_nothing() {
        let mail = letter(0, &["X-Ringtrue-Id"]);
        let blocked = decided(Action::Block, Vec::new());
        let (packets, _) = told(&blocked, Answer::Reject, &mail);
        assert_eq!(
            packets,
            ["y550 5.7.1 the content of this mail is refused (000000000000002a0000000000000007)|"]
        );
        let late = Outcome::Unscored(Action::Block);
        let (packets, _) = told(&late, late.answer(&MilterOptions::default()), &mail);
        assert_eq!(
            packets,
            ["y451 4.7.1 this mail could not be looked at in time|"]
        );
    }

    #[test]
    fn what_was_not_scored_is_delivered_saying_so() {
        let mail = letter(0, &[]);
        let (packets, _) = told(&Outcome::Unread, Answer::Accept, &mail);
        assert_eq!(packets, ["hX-Ringtrue-Verdict|unread|", "c"]);
        let late = Outcome::Unscored(Action::Allow);
        let (packets, _) = told(&late, Answer::Accept, &mail);
        assert_eq!(
            packets,
            [
                "hX-Ringtrue-Verdict|allow|",
                "hX-Ringtrue-Decided-By|deadline|",
                "c"
            ]
        );
    }

    #[test]
    fn a_mail_with_more_forged_headers_than_are_taken_away_is_refused() {
        let mail = letter(0, &["X-Ringtrue-Id"; 65]);
        let (packets, answer) = told(&decided(Action::Allow, Vec::new()), Answer::Accept, &mail);
        assert_eq!((packets.len(), answer), (1, Answer::Reject));
        assert!(packets[0].starts_with("y550 5.7.1 too many headers"));
    }

    #[test]
    fn reasons_stay_in_a_line() {
        let many: Vec<Reason> = (0..200)
            .map(|it| reason(&format!("signal_{it}"), 1.0))
            .collect();
        let text = reasons(&many);
        assert!(
            text.len() <= REASONS_BYTES && text.ends_with(" +1.00"),
            "{text}"
        );
        assert_eq!(reasons(&[reason(&"x".repeat(2_000), 1.0)]), "");
    }
}
