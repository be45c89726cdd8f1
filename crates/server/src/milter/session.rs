//! A connection of a mail server as a machine that touches nothing: commands in, replies and mails out.
//!
//! ```text
//!   O ──► agreed ──► (L* N? B*) E ──► a mail to decide of ──► the next one
//!                        └─ A, M, K: the mail is dropped           Q: the end
//! ```
//!
//! Steps that were not asked for are answered with "go on", in whatever order they come. A command that cannot stand where it stands ends
//! the connection: the mail server then does what it is configured to do without a filter.

use thiserror::Error;

use super::letter::{Letter, Unheld};
use super::negotiation::Agreed;
use super::packet::{Command, PacketError, write};

/// Bytes of a queue id that are kept.
const QUEUE_ID_BYTES: usize = 32;

/// Why a connection ends before the mail server ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Broken {
    /// A packet is none.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// A command stands where it cannot.
    #[error("a command out of order")]
    Order,
    /// The mail server cannot do what is needed.
    #[error("the mail server cannot add and take away headers and hold mails")]
    Offer,
}

/// What follows from a command.
#[derive(Debug)]
pub enum Step {
    /// The next one.
    On,
    /// The mail is whole: say what is done with it.
    Decide {
        /// The mail.
        letter: Letter,
        /// What the mail server calls it, letters and digits only; empty if it did not say.
        queue_id: String,
    },
    /// The connection ends.
    End,
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    mail_bytes: usize,
    agreed: Option<Agreed>,
    letter: Option<Letter>,
    /// What the mail server calls the mail.
    queue_id: String,
}

impl Session {
    /// Begins one. `mail_bytes` says how large a mail may be that is scored.
    #[must_use]
    pub const fn new(mail_bytes: usize) -> Self {
        Self {
            mail_bytes,
            agreed: None,
            letter: None,
            queue_id: String::new(),
        }
    }

    /// Takes a command; what is replied to it at once is written behind what stands in `out`.
    ///
    /// # Errors
    ///
    /// [`Broken`] if it cannot stand here; the connection is to be closed.
    pub fn take(&mut self, command: &Command<'_>, out: &mut Vec<u8>) -> Result<Step, Broken> {
        let agreed = match (command, self.agreed) {
            (Command::Negotiate(offer), None) => {
                let (agreed, answer) = Agreed::on(*offer).ok_or(Broken::Offer)?;
                self.agreed = Some(agreed);
                write(out, b'O', &[&answer.to_bytes()]);
                return Ok(Step::On);
            }
            (Command::Quit, _) => return Ok(Step::End),
            (Command::Negotiate(_), Some(_)) | (_, None) => return Err(Broken::Order),
            (_, Some(agreed)) => agreed,
        };
        match command {
            Command::Macros { pairs, .. } => self.note_queue_id(pairs),
            Command::Sender(_) => {
                self.reset();
                go_on(out);
            }
            Command::Abort | Command::Another => self.reset(),
            Command::Header { name, value } => {
                if !self.letter(agreed).header(name, value) {
                    return Err(Broken::Order);
                }
                if agreed.answers_headers() {
                    go_on(out);
                }
            }
            Command::EndOfHeaders => {
                self.letter(agreed).end_headers();
                if agreed.answers_end_of_headers() {
                    go_on(out);
                }
            }
            Command::Body(piece) => {
                self.letter(agreed).body(piece);
                if agreed.answers_body() {
                    go_on(out);
                }
            }
            Command::EndOfMail(piece) => {
                self.letter(agreed).body(piece);
                let queue_id = std::mem::take(&mut self.queue_id);
                let letter = self.letter.take();
                return Ok(letter.map_or(Step::On, |letter| Step::Decide { letter, queue_id }));
            }
            // What was not asked for, and what was: nothing hangs on it.
            _ => go_on(out),
        }
        Ok(Step::On)
    }

    /// Returns the mail that comes in, which begins with this if none does.
    fn letter(&mut self, agreed: Agreed) -> &mut Letter {
        let bytes_max = self.mail_bytes;
        self.letter
            .get_or_insert_with(|| Letter::new(bytes_max, agreed))
    }

    fn reset(&mut self) {
        self.letter = None;
        self.queue_id.clear();
    }

    fn note_queue_id(&mut self, pairs: &[(&[u8], &[u8])]) {
        let id = pairs
            .iter()
            .find(|(name, _)| matches!(*name, b"i" | b"{i}"));
        if let Some((_, id)) = id {
            let letters = id.iter().copied().filter(u8::is_ascii_alphanumeric);
            self.queue_id = letters.take(QUEUE_ID_BYTES).map(char::from).collect();
        }
    }

    /// Whether a mail is coming in.
    #[must_use]
    pub const fn is_underway(&self) -> bool {
        self.letter.is_some()
    }

    /// Returns how many bytes are held of the mail that is coming in.
    #[must_use]
    pub fn held(&self) -> usize {
        self.letter.as_ref().map_or(0, Letter::held)
    }

    /// Holds nothing of the mail that is coming in any more, for want of room.
    pub fn give_up(&mut self) {
        if let Some(letter) = &mut self.letter {
            letter.give_up(Unheld::NoRoom);
        }
    }
}

/// Lets the mail server go on.
fn go_on(out: &mut Vec<u8>) {
    write(out, b'c', &[]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::milter::packet::Offer;

    const POSTFIX: Offer = Offer {
        version: 6,
        actions: 0x1ff,
        protocol: 0x1f_ffff,
    };
    const OLD: Offer = Offer {
        version: 2,
        actions: 0x3f,
        protocol: 0,
    };

    fn begun(offer: Offer, mail_bytes: usize) -> Session {
        let mut session = Session::new(mail_bytes);
        let mut out = Vec::new();
        let step = session.take(&Command::Negotiate(offer), &mut out);
        assert!(matches!(step, Ok(Step::On)));
        assert_eq!(&out[..5], b"\0\0\0\x0dO");
        session
    }

    fn header<'a>(name: &'a [u8], value: &'a [u8]) -> Command<'a> {
        Command::Header { name, value }
    }

    /// Takes commands; returns the kinds of the replies, and the mails.
    fn taken(session: &mut Session, commands: &[Command<'_>]) -> (String, Vec<String>) {
        let (mut out, mut mails) = (Vec::new(), Vec::new());
        for command in commands {
            if let Step::Decide { mut letter, .. } = session.take(command, &mut out).unwrap() {
                mails.push(String::from_utf8(letter.take_bytes()).unwrap());
            }
        }
        assert_eq!(out.len() % 5, 0);
        let kinds = out.chunks(5).map(|packet| char::from(packet[4]));
        (kinds.collect(), mails)
    }

    #[test]
    fn mails_come_one_after_the_other() {
        let mut session = begun(POSTFIX, 1_000);
        let (replies, mails) = taken(
            &mut session,
            &[
                header(b"A", b" 1"),
                Command::EndOfHeaders,
                Command::Body(b"x\r\n"),
                Command::EndOfMail(b""),
                // Another recipient list, and a mail that does not become whole.
                Command::Sender(vec![b"<a@b.example>"]),
                Command::Recipient(vec![b"<c@d.example>"]),
                Command::Recipient(vec![b"<e@f.example>"]),
                header(b"B", b" 2"),
                Command::Abort,
                header(b"C", b" 3"),
                Command::Another,
                header(b"D", b" 4"),
                Command::EndOfHeaders,
                Command::EndOfMail(b"y"),
            ],
        );
        assert_eq!(replies, "ccc");
        assert_eq!(mails, ["A: 1\n\nx\n", "D: 4\n\ny"]);
        assert!(!session.is_underway());
    }

    #[test]
    fn an_old_server_gets_an_answer_to_each_step() {
        let mut session = begun(OLD, 1_000);
        let (replies, mails) = taken(
            &mut session,
            &[
                Command::Connect(b"a\0U"),
                Command::Hello(b"a"),
                Command::Sender(vec![b"<>"]),
                Command::Recipient(vec![b"<c@d.example>"]),
                header(b"A", b"1"),
                Command::EndOfHeaders,
                Command::Body(b"x"),
                Command::EndOfMail(b""),
            ],
        );
        assert_eq!(replies, "ccccccc");
        assert_eq!(mails, ["A: 1\n\nx"]);
    }

    #[test]
    fn a_mail_that_is_too_large_is_taken_to_its_end_and_not_held() {
        for (offer, expected) in [(POSTFIX, ""), (OLD, "ccc")] {
            let mut session = begun(offer, 10);
            let pieces = [
                header(b"A", b"1"),
                Command::Body(b"xy"),
                Command::Body(b"long body"),
            ];
            let (replies, _) = taken(&mut session, &pieces);
            assert_eq!(replies, expected);
            assert_eq!(session.held(), 0);
            let step = session.take(&Command::EndOfMail(b"z"), &mut Vec::new());
            let Ok(Step::Decide { letter, .. }) = step else {
                panic!("{step:?}")
            };
            assert_eq!(letter.unheld(), Some(Unheld::TooLarge));
        }
    }

    #[test]
    fn what_cannot_stand_where_it_stands_breaks_the_connection() {
        let mut out = Vec::new();
        let mut session = Session::new(10);
        assert_eq!(
            session.take(&Command::Abort, &mut out).err(),
            Some(Broken::Order)
        );
        assert_eq!(
            session
                .take(
                    &Command::Negotiate(Offer {
                        actions: 0x01,
                        ..POSTFIX
                    }),
                    &mut out
                )
                .err(),
            Some(Broken::Offer)
        );
        let mut session = begun(POSTFIX, 100);
        let again = Command::Negotiate(POSTFIX);
        assert_eq!(session.take(&again, &mut out).err(), Some(Broken::Order));
        taken(&mut session, &[Command::EndOfHeaders]);
        let late = header(b"A", b"1");
        assert_eq!(session.take(&late, &mut out).err(), Some(Broken::Order));
        assert!(matches!(
            Session::new(1).take(&Command::Quit, &mut out),
            Ok(Step::End)
        ));
    }

    #[test]
    fn a_queue_id_is_letters_and_digits() {
        let mut session = begun(POSTFIX, 100);
        let pairs = vec![
            (b"j".as_slice(), b"host".as_slice()),
            (b"i", b"4X\"\n\xffyZ"),
        ];
        taken(&mut session, &[Command::Macros { of: b'N', pairs }]);
        for expected in ["4XyZ", ""] {
            let step = session.take(&Command::EndOfMail(b"x"), &mut Vec::new());
            assert!(matches!(step, Ok(Step::Decide { queue_id, .. }) if queue_id == expected));
        }
    }
}
