//! Text tokens of a message: words and pairs of words of what a person reads, and the shape of its headers.
//!
//! ```text
//!   subject, body, display name, file names, links, markup, hidden text       ─► content
//!   sender, names of headers, shapes and words of values, servers on the way ─► entity (unless left out)
//! ```

use super::mail::Mail;
use super::words::WORDS_MAX;
use crate::text::{PlacedToken, Side, Sink, TextParameters, Writer};
use ringtrue_core::task::EmailOptions;

/// Where a token comes from; seeds its hash, so that equal letters of two parts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The subject.
    Subject = 17,
    /// What a person reads.
    Body,
    /// The sender's display name.
    Name,
    /// Names of attached files.
    FileName,
    /// Hosts that links lead to.
    LinkHost,
    /// What stands behind the hosts of links.
    LinkTail,
    /// Elements and attributes of pages.
    Markup,
    /// Text that nobody sees.
    Hidden,
    /// The domain of the sender.
    Sender,
    /// Names of headers.
    HeaderName,
    /// Shapes of values of headers.
    HeaderShape,
    /// What other products said.
    Verdict,
    /// Words of the subject that have a capital, as they are written.
    SubjectCapitals,
    /// Words of the body that have a capital, as they are written.
    BodyCapitals,
    /// Runs of marks in the body.
    Marks,
    /// The address of the sender.
    SenderAddress,
    /// The registrable domain of the sender.
    SenderOwner,
    /// Words of the values of headers, each with its header's name.
    HeaderWord,
}

impl From<Part> for u64 {
    fn from(part: Part) -> Self {
        part as Self
    }
}

/// Appends the tokens of a message to `out`, each as a 32-bit hash: its upper bits are a bucket, its lowest says whether
/// it is of the headers (1) or of what a person reads (0), so that a model may look at one side only.
pub fn tokens(
    mail: &Mail,
    options: &EmailOptions,
    parameters: &TextParameters,
    out: &mut Vec<u32>,
) {
    write(mail, options, parameters, out);
}

/// Returns the tokens of a message, each with its letters, in the order of [`tokens`].
#[must_use]
pub fn placed_tokens(
    mail: &Mail,
    options: &EmailOptions,
    parameters: &TextParameters,
) -> Vec<PlacedToken<Part>> {
    let mut placed = Vec::new();
    write(mail, options, parameters, &mut placed);
    placed
}

/// Returns the text of a part, whose letters tokens are made of, in any case.
#[must_use]
pub fn part_text(mail: &Mail, part: Part) -> &str {
    match part {
        Part::Subject | Part::SubjectCapitals => &mail.subject,
        Part::Body | Part::BodyCapitals => mail.words(),
        Part::Marks => &mail.body,
        Part::Name => mail.sender().map_or("", |sender| &sender.name),
        Part::FileName => &mail.file_names,
        Part::LinkHost => &mail.link_hosts,
        Part::LinkTail => &mail.link_tails,
        Part::Markup => &mail.markup,
        Part::Hidden => &mail.hidden,
        Part::Sender => mail.sender().map_or("", |sender| sender.domain()),
        Part::HeaderName => &mail.shape().names,
        Part::HeaderShape => &mail.shape().values,
        Part::HeaderWord => &mail.shape().words,
        Part::Verdict => &mail.shape().verdicts,
        Part::SenderAddress => mail.sender_address(),
        Part::SenderOwner => mail.sender().map_or("", |sender| sender.owner()),
    }
}

fn write(
    mail: &Mail,
    options: &EmailOptions,
    parameters: &TextParameters,
    out: &mut impl Sink<Part>,
) {
    let mut writer = Writer {
        out,
        side: Side::Content,
        parameters,
    };
    writer.words_and_pairs(Part::Subject, &mail.subject, is_word);
    writer.first_capitals(Part::SubjectCapitals, &mail.subject, WORDS_MAX);
    writer.first_words(Part::Body, mail.words(), usize::MAX, |byte| byte != b'\n');
    writer.first_capitals(Part::BodyCapitals, mail.words(), usize::MAX);
    writer.first_words(Part::Marks, &mail.body, usize::MAX, is_mark);
    for part in [Part::Name, Part::FileName, Part::Hidden, Part::LinkTail] {
        let text = part_text(mail, part);
        writer.first_words(part, text, WORDS_MAX, is_word);
    }
    writer.first_words(Part::Markup, &mail.markup, usize::MAX, |byte| byte != b' ');
    writer.lines(Part::LinkHost, &mail.link_hosts);
    writer.first_words(Part::LinkHost, &mail.link_hosts, usize::MAX, is_word);
    writer.side = Side::Entity;
    if options.header_shape {
        sender(&mut writer, mail);
        writer.lines_and_pairs(Part::HeaderName, &mail.shape().names);
        writer.lines(Part::HeaderShape, &mail.shape().values);
        writer.first_words(
            Part::HeaderShape,
            &mail.shape().values,
            usize::MAX,
            |byte| byte > b' ',
        );
        writer.lines(Part::HeaderWord, &mail.shape().words);
    }
    if options.verdict_headers {
        writer.words_and_pairs(Part::Verdict, &mail.shape().verdicts, is_word);
    }
}

fn sender(writer: &mut Writer<'_, impl Sink<Part>>, mail: &Mail) {
    let Some(sender) = mail.sender() else {
        return;
    };
    writer.whole(Part::SenderAddress, &sender.address);
    writer.whole(Part::Sender, sender.domain());
    writer.whole(Part::SenderOwner, sender.owner());
}

/// Runs of marks that shout.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'!' | b'?' | b'$' | b'*' | b'#' | b'=' | b'_' | b'~')
}

/// Letters, digits, and the marks that change what a word means in mail.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'$' | b'%' | b'!')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ringtrue_core::Limits;

    use super::*;

    const RAW: &str = "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\nFrom: Big Deals <x@shop.example>\n\
                       Subject: Win Cash\nX-Mailer: Tool 1.2\nX-Spam-Flag: YES\nMessage-ID: <12.ab@shop.example>\n\n\
                       Click http://shop.example/win now!!\n";

    fn letters(raw: &str, options: &EmailOptions) -> BTreeSet<(String, u32)> {
        let (mail, _) = Mail::parse(raw.as_bytes(), &Limits::default());
        let parameters = TextParameters::default();
        let placed = placed_tokens(&mail, options, &parameters);
        let mut plain = Vec::new();
        tokens(&mail, options, &parameters, &mut plain);
        assert!(placed.iter().map(|token| token.token).eq(plain));
        placed
            .iter()
            .map(|token| {
                let text = part_text(&mail, token.part).get(token.start..token.end);
                (
                    text.expect("letters of the part").to_owned(),
                    token.token & 1,
                )
            })
            .collect()
    }

    #[test]
    fn content_and_headers_are_two_sides() {
        let found = letters(RAW, &EmailOptions::default());
        for content in [
            "Win",
            "Win Cash",
            "Click",
            "now!!",
            "Deals",
            "shop.example",
            "win",
        ] {
            assert!(
                found.contains(&(content.to_owned(), 0)),
                "{content}: {found:?}"
            );
        }
        for header in [
            "Received",
            "Received\nFrom",
            "mailer tool 0",
            "id <0.a@a.a>",
            "shop.example",
        ] {
            assert!(
                found.contains(&(header.to_owned(), 1)),
                "{header}: {found:?}"
            );
        }
        assert!(
            !found
                .iter()
                .any(|(text, _)| text.contains("Spam") || text == "YES")
        );
    }

    #[test]
    fn headers_and_verdicts_are_switched() {
        let bare = EmailOptions {
            header_shape: false,
            ..EmailOptions::default()
        };
        assert!(letters(RAW, &bare).iter().all(|(_, side)| *side == 0));
        let told = EmailOptions {
            verdict_headers: true,
            ..bare
        };
        assert!(letters(RAW, &told).contains(&("YES".to_owned(), 1)));
    }

    #[test]
    fn letters_that_nobody_sees_do_not_split_words() {
        let token = |body: &str| letters(&format!("A: b\n\n{body}\n"), &EmailOptions::default());
        assert_eq!(token("vi\u{200b}ag\u{ad}ra"), token("viagra"));
    }
}
