//! The packets that a mail server sends to its filters: bytes to commands, and back.
//!
//! ```text
//!   length (4 bytes, big-endian) │ command (1 byte) │ content: numbers, texts that end with NUL, or bytes of a body
//! ```
//!
//! What is no packet, or one that says more than its length lets it, is told as [`PacketError`]: nothing is guessed. A length is
//! looked at before anything of the packet is held.
//!
//! # Source
//!
//! Sendmail's `include/libmilter/mfdef.h`, version 6, and Postfix's `src/milter/milter8.c`; the protocol has no other document.

use std::ops::Range;

use thiserror::Error;

/// Bytes of a packet, without its length. Bodies come in pieces of 64 KiB; a header may be a little longer than that.
pub const PACKET_BYTES_MAX: usize = 1 << 20;

/// Bytes that say how long a packet is.
const LENGTH_BYTES: usize = 4;

/// What is wrong with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PacketError {
    /// Its length says that it holds no command.
    #[error("a packet without a command")]
    Empty,
    /// It is longer than any that a mail server sends.
    #[error("a packet of {0} bytes")]
    TooLong(usize),
    /// There is no such command.
    #[error("an unknown command: {0:#04x}")]
    Unknown(u8),
    /// Its content is not that of its command.
    #[error("odd content of the command {0:#04x}")]
    Content(u8),
}

/// What a mail server can do, or a filter wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Version of the protocol.
    pub version: u32,
    /// What a filter may change, as bits.
    pub actions: u32,
    /// What may be left out, as bits.
    pub protocol: u32,
}

/// What a mail server says. Texts stand without the NUL that ends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// `O`: what it can do.
    Negotiate(Offer),
    /// `D`: values of its macros, name before value, which go with the next command.
    Macros {
        /// That command.
        of: u8,
        /// Names and values.
        pairs: Vec<(&'a [u8], &'a [u8])>,
    },
    /// `C`: a client has connected.
    Connect(&'a [u8]),
    /// `H`: it greets.
    Hello(&'a [u8]),
    /// `M`: the sender of the envelope with its arguments; a mail begins.
    Sender(Vec<&'a [u8]>),
    /// `R`: one of the recipients, with its arguments.
    Recipient(Vec<&'a [u8]>),
    /// `T`: the client wants to hand the mail over.
    Data,
    /// `U`: what the client says is no command.
    Unknown(&'a [u8]),
    /// `L`: a header.
    Header {
        /// Its name.
        name: &'a [u8],
        /// All behind its colon; lines are parted by LF.
        value: &'a [u8],
    },
    /// `N`: no more headers.
    EndOfHeaders,
    /// `B`: a piece of the body.
    Body(&'a [u8]),
    /// `E`: the mail is whole, with the last piece of its body. What is done with it is to be said now.
    EndOfMail(&'a [u8]),
    /// `A`: the mail will not be whole.
    Abort,
    /// `Q`: the connection ends.
    Quit,
    /// `K`: the connection is used for another client.
    Another,
}

/// Finds the first packet in what was received: where its command and content stand, `None` if it is not whole yet.
///
/// # Errors
///
/// [`PacketError::Empty`] and [`PacketError::TooLong`], as soon as its length is there.
pub fn frame(received: &[u8]) -> Result<Option<Range<usize>>, PacketError> {
    let Some(length) = received.first_chunk::<LENGTH_BYTES>() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    match length {
        0 => Err(PacketError::Empty),
        length if length > PACKET_BYTES_MAX => Err(PacketError::TooLong(length)),
        length => {
            let whole = LENGTH_BYTES..LENGTH_BYTES + length;
            Ok((received.len() >= whole.end).then_some(whole))
        }
    }
}

/// Writes a packet of these parts behind what stands in `out`.
pub(super) fn write(out: &mut Vec<u8>, command: u8, parts: &[&[u8]]) {
    let length = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    // No packet of ours comes near 4 GiB.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(command);
    for part in parts {
        out.extend_from_slice(part);
    }
}

impl<'a> Command<'a> {
    /// Reads a packet, from its command on.
    ///
    /// # Errors
    ///
    /// [`PacketError`] if it is no packet of a mail server.
    pub fn parse(packet: &'a [u8]) -> Result<Self, PacketError> {
        let (command, content) = packet.split_first().ok_or(PacketError::Empty)?;
        let read = match command {
            b'O' => offer(content).map(Self::Negotiate),
            b'D' => macros(content),
            b'C' => connect(content).then_some(Self::Connect(content)),
            b'H' => text(content).map(Self::Hello),
            b'M' => texts(content).map(Self::Sender),
            b'R' => texts(content).map(Self::Recipient),
            b'U' => text(content).map(Self::Unknown),
            b'L' => header(content),
            b'B' => Some(Self::Body(content)),
            b'E' => Some(Self::EndOfMail(content)),
            b'T' => bare(content, Self::Data),
            b'N' => bare(content, Self::EndOfHeaders),
            b'A' => bare(content, Self::Abort),
            b'Q' => bare(content, Self::Quit),
            b'K' => bare(content, Self::Another),
            other => return Err(PacketError::Unknown(*other)),
        };
        read.ok_or(PacketError::Content(*command))
    }

    /// Writes it as a packet behind what stands in `out`, as a mail server does.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Negotiate(offer) => write(out, b'O', &[&offer.to_bytes()]),
            Self::Macros { of, pairs } => {
                let pairs = pairs.iter().flat_map(|(name, value)| [*name, *value]);
                write(out, b'D', &[&[*of], &ended(pairs)]);
            }
            Self::Connect(content) => write(out, b'C', &[content]),
            Self::Hello(name) => write(out, b'H', &[name, &[0]]),
            Self::Sender(texts) => write(out, b'M', &[&ended(texts.iter().copied())]),
            Self::Recipient(texts) => write(out, b'R', &[&ended(texts.iter().copied())]),
            Self::Unknown(line) => write(out, b'U', &[line, &[0]]),
            Self::Header { name, value } => write(out, b'L', &[name, &[0], value, &[0]]),
            Self::Body(piece) => write(out, b'B', &[piece]),
            Self::EndOfMail(piece) => write(out, b'E', &[piece]),
            Self::Data => write(out, b'T', &[]),
            Self::EndOfHeaders => write(out, b'N', &[]),
            Self::Abort => write(out, b'A', &[]),
            Self::Quit => write(out, b'Q', &[]),
            Self::Another => write(out, b'K', &[]),
        }
    }
}

impl Offer {
    /// Returns it as it stands in a packet.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        [self.version, self.actions, self.protocol]
            .into_iter()
            .flat_map(u32::to_be_bytes)
            .collect()
    }
}

fn offer(content: &[u8]) -> Option<Offer> {
    let mut numbers = content.chunks_exact(4).map(|chunk| {
        let bytes = chunk.first_chunk().copied().unwrap_or_default();
        u32::from_be_bytes(bytes)
    });
    let offer = Offer {
        version: numbers.next()?,
        actions: numbers.next()?,
        protocol: numbers.next()?,
    };
    (content.len() == 12).then_some(offer)
}

fn macros(content: &[u8]) -> Option<Command<'_>> {
    let (of, content) = content.split_first()?;
    let texts = if content.is_empty() {
        Vec::new()
    } else {
        texts(content)?
    };
    let pairs = texts.chunks(2).map(|pair| match pair {
        [name, value] => Some((*name, *value)),
        _ => None,
    });
    Some(Command::Macros {
        of: *of,
        pairs: pairs.collect::<Option<_>>()?,
    })
}

/// Whether this is a name, a family and, unless that is unknown, a port and an address.
fn connect(content: &[u8]) -> bool {
    let name = content.iter().position(|byte| *byte == 0);
    let Some(rest) = name.and_then(|end| content.get(end + 1..)) else {
        return false;
    };
    match rest.split_first() {
        Some((b'U', rest)) => rest.is_empty(),
        Some((b'4' | b'6' | b'L', rest)) => rest.get(2..).and_then(text).is_some(),
        _ => false,
    }
}

fn header(content: &[u8]) -> Option<Command<'_>> {
    match texts(content)?.as_slice() {
        [name, value] => Some(Command::Header { name, value }),
        _ => None,
    }
}

/// Returns the one text that this is.
fn text(content: &[u8]) -> Option<&[u8]> {
    let text = content.strip_suffix(&[0])?;
    (!text.contains(&0)).then_some(text)
}

/// Returns the texts that these are: one at least, each with its NUL.
fn texts(content: &[u8]) -> Option<Vec<&[u8]>> {
    let texts = content.strip_suffix(&[0])?;
    Some(texts.split(|byte| *byte == 0).collect())
}

fn bare<'a>(content: &[u8], command: Command<'a>) -> Option<Command<'a>> {
    content.is_empty().then_some(command)
}

/// Returns texts, each with the NUL that ends it.
fn ended<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    texts.flat_map(|text| [text, &[0]].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(command: &Command<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        command.write(&mut out);
        out
    }

    #[test]
    fn commands_read_as_they_were_written() {
        let offer = Offer {
            version: 6,
            actions: 0x1ff,
            protocol: 0x1f_ffff,
        };
        let pairs = vec![(b"i".as_slice(), b"4XyZ".as_slice()), (b"{tls}", b"")];
        let commands = [
            Command::Negotiate(offer),
            Command::Macros { of: b'M', pairs },
            Command::Macros {
                of: b'N',
                pairs: Vec::new(),
            },
            Command::Connect(b"mail.example\x004\x00\x19192.0.2.1\0"),
            Command::Connect(b"unknown\0U"),
            Command::Hello(b"mail.example"),
            Command::Sender(vec![b"<a@b.example>", b"SIZE=7"]),
            Command::Recipient(vec![b""]),
            Command::Data,
            Command::Unknown(b"EHELO"),
            Command::Header {
                name: b"Subject",
                value: b" a\n b",
            },
            Command::EndOfHeaders,
            Command::Body(b"\0\r\n"),
            Command::EndOfMail(b""),
            Command::Abort,
            Command::Quit,
            Command::Another,
        ];
        for command in commands {
            let bytes = packet(&command);
            let at = frame(&bytes).unwrap().unwrap();
            assert_eq!(at.end, bytes.len());
            assert_eq!(Command::parse(&bytes[at]), Ok(command));
        }
    }

    #[test]
    fn a_packet_is_not_whole_before_its_last_byte() {
        let bytes = packet(&Command::Body(b"abc"));
        for cut in 0..bytes.len() {
            assert_eq!(frame(&bytes[..cut]), Ok(None), "{cut}");
        }
        assert_eq!(frame(&[&bytes[..], b"more"].concat()), Ok(Some(4..8)));
    }

    #[test]
    fn lengths_that_no_packet_has_are_refused_at_once() {
        assert_eq!(frame(&[0; 4]), Err(PacketError::Empty));
        assert_eq!(frame(&[0, 16, 0, 0]), Ok(None));
        let over = PACKET_BYTES_MAX + 1;
        assert_eq!(frame(&[0, 16, 0, 1]), Err(PacketError::TooLong(over)));
        assert_eq!(
            frame(b"GET / HTTP/1.1\r\n"),
            Err(PacketError::TooLong(0x4745_5420))
        );
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        assert_eq!(Command::parse(b""), Err(PacketError::Empty));
        assert_eq!(Command::parse(b"Zz"), Err(PacketError::Unknown(b'Z')));
        let odd: [&[u8]; 17] = [
            b"O\0\0\0\x06",
            b"O\0\0\0\x06\0\0\0\0\0\0\0\0\0",
            b"D",
            b"DMi\0",
            b"DMi\0x",
            b"C",
            b"Ca\0",
            b"Ca\0X",
            b"Ca\x004\x00\x19",
            b"Ca\x004\x00\x19192.0.2.1",
            b"H",
            b"Ha\0b\0",
            b"M",
            b"LSubject\0",
            b"LSubject\0a\0b\0",
            b"LSubject\0a",
            b"Qx",
        ];
        for odd in odd {
            let command = odd[0];
            assert_eq!(
                Command::parse(odd),
                Err(PacketError::Content(command)),
                "{odd:?}"
            );
        }
    }
}
