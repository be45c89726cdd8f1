//! What taking packets of mail servers owes, whatever the bytes are: properties that tests replay over the corpora and mutations, and
//! that the fuzz targets explore. A property panics with what it found.

use ringtrue_server::milter::letter::FORGED_MAX;
use ringtrue_server::milter::packet::{Command, Offer, PACKET_BYTES_MAX, frame};
use ringtrue_server::milter::session::{Session, Step};

/// Bytes of a mail that a session holds here.
const MAIL_BYTES: usize = 4 << 10;

/// What a mail server of today offers.
const OFFER: Offer = Offer {
    version: 6,
    actions: 0x1ff,
    protocol: 0x1f_ffff,
};

/// Takes a connection's bytes. A command is written as it was read; no more is held of a mail than may be, and it has no line that ends
/// with CR; what is replied is a row of packets. Where the bytes are no packets any more, it ends.
pub fn connection(bytes: &[u8]) {
    let mut session = Session::new(MAIL_BYTES);
    let (mut rest, mut replies) = (bytes, Vec::new());
    while let Ok(Some(at)) = frame(rest) {
        let (whole, behind) = rest.split_at(at.end);
        let packet = &whole[at];
        assert!(packet.len() <= PACKET_BYTES_MAX);
        let Ok(command) = Command::parse(packet) else {
            break;
        };
        let mut again = Vec::new();
        command.write(&mut again);
        assert_eq!(again, whole, "{command:?} is written otherwise");
        match session.take(&command, &mut replies) {
            Ok(Step::On) => assert!(session.held() <= MAIL_BYTES),
            Ok(Step::Decide {
                mut letter,
                queue_id,
            }) => {
                assert!(!session.is_underway() && session.held() == 0);
                assert!(letter.forged().count() <= FORGED_MAX);
                assert!(queue_id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
                let mail = letter.take_bytes();
                assert!(mail.len() <= MAIL_BYTES);
                assert!(letter.unheld().is_none() || mail.is_empty());
                assert!(!mail.windows(2).any(|pair| pair == b"\r\n"));
            }
            Ok(Step::End) | Err(_) => break,
        }
        rest = behind;
    }
    let mut rest = replies.as_slice();
    while let Ok(Some(at)) = frame(rest) {
        rest = &rest[at.end..];
    }
    assert!(rest.is_empty(), "no row of packets: {replies:?}");
}

/// Takes the bytes as commands of a mail server: of each, one byte names it and one says how many of the next are its content.
pub fn commands(bytes: &[u8]) {
    const NAMES: &[u8] = b"ODCHMRTULNBEAQKZ";
    let mut packets = Vec::new();
    Command::Negotiate(OFFER).write(&mut packets);
    let mut rest = bytes;
    while let Some(([name, length], behind)) = rest.split_first_chunk() {
        let (content, behind) = behind.split_at(behind.len().min(usize::from(*length)));
        let name = NAMES[usize::from(*name) % NAMES.len()];
        let length = u32::try_from(content.len() + 1).unwrap_or(u32::MAX);
        packets.extend_from_slice(&length.to_be_bytes());
        packets.push(name);
        packets.extend_from_slice(content);
        rest = behind;
    }
    self::connection(&packets);
}
