//! The letters that each token of an event was made of, so that what a text model adds can be shown where it stands.
//!
//! ```text
//!   evidence ─► placed tokens of its kind ─► token, its letters, where they stand in the evidence
//! ```

use ringtrue_core::{Event, Kind};

use crate::command::{self, Command};
use crate::email;
use crate::evidence::{mail_of, parse_command};
use crate::reader::ReaderSpec;
use crate::session::Session;
use crate::url::{self, UrlParts};

/// A token with its letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lettered {
    /// The token's hash.
    pub token: u32,
    /// Its letters, as the text models read them.
    pub letters: String,
    /// Where they stand in the evidence, in bytes; `None` if the evidence spells them otherwise.
    pub place: Option<[usize; 2]>,
}

/// Returns the tokens of an event's evidence with their letters; none of a table's, nor of the order of a session's
/// programs, which has no letters.
pub(crate) fn letters(spec: &ReaderSpec, event: &Event) -> Vec<Lettered> {
    let field = spec.kind.evidence();
    let text = field.and_then(|field| event.value(field).text());
    let Some(text) = text else {
        return Vec::new();
    };
    match spec.kind {
        Kind::Url => of_url(spec, &text),
        Kind::Email => of_email(spec, event),
        Kind::Command => of_command(spec, &parse_command(&text, &spec.limits, None), &text),
        Kind::Session => {
            let (session, _) = Session::parse(&text, &spec.limits);
            let (script, _) = Command::parse(&session.script(), &spec.limits);
            of_command(spec, &script, &text)
        }
        Kind::Table => Vec::new(),
    }
}

fn of_url(spec: &ReaderSpec, text: &str) -> Vec<Lettered> {
    let (parts, _) = UrlParts::parse(text, &spec.limits);
    let begins = url::text::begins(text, &parts);
    let placed = url::text::placed_tokens(&parts, &spec.text).into_iter();
    placed
        .map(|token| {
            let begin = begins.iter().find(|(part, _)| *part == token.part);
            let place = begin
                .map(|(_, begin)| [token.start, token.end].map(|end| begin.saturating_add(end)));
            let whole = url::text::part_text(&parts, token.part);
            lettered(token.token, whole, [token.start, token.end], place)
        })
        .collect()
}

fn of_email(spec: &ReaderSpec, event: &Event) -> Vec<Lettered> {
    let mail = mail_of(event, &spec.limits);
    let placed = email::text::placed_tokens(&mail, &spec.email, &spec.text).into_iter();
    placed
        .map(|token| {
            let whole = email::text::part_text(&mail, token.part);
            lettered(token.token, whole, [token.start, token.end], None)
        })
        .collect()
}

/// The line as it was written stands in the evidence from its first letter on; what the shell makes of it does not.
fn of_command(spec: &ReaderSpec, command: &Command, text: &str) -> Vec<Lettered> {
    let placed = command::text::placed_tokens(command, &spec.text).into_iter();
    placed
        .map(|token| {
            let whole = command::text::part_text(command, token.part);
            let begin = (token.part == command::text::Part::Written)
                .then(|| text.find(whole))
                .flatten();
            let place =
                begin.map(|begin| [token.start, token.end].map(|end| begin.saturating_add(end)));
            lettered(token.token, whole, [token.start, token.end], place)
        })
        .collect()
}

fn lettered(
    token: u32,
    whole: &str,
    [start, end]: [usize; 2],
    place: Option<[usize; 2]>,
) -> Lettered {
    Lettered {
        token,
        letters: String::from_utf8_lossy(whole.as_bytes().get(start..end).unwrap_or_default())
            .into_owned(),
        place,
    }
}
