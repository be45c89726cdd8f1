//! Pages (HTML) and texts as runs of markup and words, so that a change touches words only.
//!
//! One pass without a tree. What it takes for words and a browser does not (a script that closes itself oddly) is caught where
//! every change is read again.

use ringtrue_core::random::Random;

use super::body::rewrite;
use super::parts::Post;

/// Elements whose content is no text of the page.
const UNREAD: &[&str] = &["script", "style", "textarea", "title", "select", "noscript"];

/// Returns `text` with each word (a run of letters) as `edit` writes it; markup, references, links and addresses stay.
pub(super) fn edit_words(
    text: &str,
    is_page: bool,
    mut edit: impl FnMut(&str, &mut String),
) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let mut rest = text;
    while !rest.is_empty() {
        let words = if is_page {
            rest.find('<').unwrap_or(rest.len())
        } else {
            rest.len()
        };
        let (run, markup) = rest.split_at_checked(words).unwrap_or((rest, ""));
        for token in run.split_inclusive(char::is_whitespace) {
            edit_token(token, is_page, &mut edit, &mut out);
        }
        let (markup, after) = markup
            .split_at_checked(markup_bytes(markup))
            .unwrap_or((markup, ""));
        out.push_str(markup);
        rest = after;
    }
    out
}

/// Writes what stands between two blanks.
fn edit_token(
    token: &str,
    is_page: bool,
    edit: &mut impl FnMut(&str, &mut String),
    out: &mut String,
) {
    let within = token.trim_end_matches(|sign: char| !sign.is_alphanumeric());
    let is_link = within.contains(['/', '@', '.', '\\', '=']) || (is_page && token.contains('&'));
    if is_link {
        out.push_str(token);
        return;
    }
    let mut rest = token;
    while let Some(start) = rest.find(char::is_alphabetic) {
        let (before, word) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = word
            .find(|letter: char| !letter.is_alphabetic())
            .unwrap_or(word.len());
        let (word, after) = word.split_at_checked(end).unwrap_or((word, ""));
        out.push_str(before);
        edit(word, out);
        rest = after;
    }
    out.push_str(rest);
}

/// Returns the bytes of the markup in front of `text`: a tag, a comment, or an element with content that is no text.
fn markup_bytes(text: &str) -> usize {
    let end_of = |mark: &str| text.find(mark).map_or(text.len(), |at| at + mark.len());
    if text.starts_with("<!--") {
        return end_of("-->");
    }
    let tag = end_of(">");
    let name = text.get(1..).unwrap_or("");
    let name = name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .next()
        .unwrap_or("");
    if !UNREAD
        .iter()
        .any(|unread| name.eq_ignore_ascii_case(unread))
    {
        return tag;
    }
    let rest = text.get(tag..).unwrap_or("");
    let close = find_ignoring_case(rest, &format!("</{name}"));
    close.map_or(text.len(), |at| tag + at)
}

/// Returns where `mark` first stands in `text`, in any case.
pub(super) fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    let bytes = text.as_bytes().windows(mark.len().max(1));
    bytes
        .enumerate()
        .find_map(|(at, window)| window.eq_ignore_ascii_case(mark.as_bytes()).then_some(at))
}

/// Returns the mail with `piece` at the start or the end of its pages.
pub(super) fn with_piece(post: &Post, piece: &str, random: &mut Random) -> Option<Vec<u8>> {
    let with = if random.chance(0.5) {
        with_piece_at_end
    } else {
        with_piece_at_start
    };
    rewrite(post, |body| body.is_page.then(|| with(&body.text, piece)))
}

/// Returns the page with `piece` at its end, within its body.
pub(super) fn with_piece_at_end(page: &str, piece: &str) -> String {
    let bytes = page.as_bytes().windows("</body".len()).enumerate().rev();
    let close = bytes
        .filter(|(_, window)| window.eq_ignore_ascii_case(b"</body"))
        .map(|(at, _)| at)
        .next();
    let at = close.unwrap_or(page.len());
    let (before, after) = page.split_at_checked(at).unwrap_or((page, ""));
    [before, piece, after].concat()
}

/// Returns the page with `piece` at its start, within its body.
fn with_piece_at_start(page: &str, piece: &str) -> String {
    let open = find_ignoring_case(page, "<body");
    let end = open.and_then(|open| Some(open + page.get(open..)?.find('>')? + 1));
    let (before, after) = page
        .split_at_checked(end.unwrap_or(0))
        .unwrap_or(("", page));
    [before, piece, after].concat()
}

/// Writes text so that a page shows it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(text: &str, is_page: bool) -> String {
        edit_words(text, is_page, |word, out| {
            out.push_str(&word.to_uppercase());
        })
    }

    #[test]
    fn only_words_are_edited() {
        let page =
            "<p class=a>one <b>two</b><!-- no > -->&nbsp;x <script>var a<b;</script>three</p>";
        assert_eq!(
            upper(page, true),
            "<p class=a>ONE <b>TWO</b><!-- no > -->&nbsp;x <script>var a<b;</script>THREE</p>"
        );
        assert_eq!(
            upper("see http://a.example/b or me@c.example, now.", false),
            "SEE http://a.example/b OR me@c.example, NOW."
        );
        assert_eq!(upper("a < b", false), "A < B");
        assert_eq!(upper("<unclosed", true), "<unclosed");
    }

    #[test]
    fn pieces_stand_in_the_body() {
        let page = "<HTML><Body bgcolor=x>a</BODY></HTML>";
        assert_eq!(
            with_piece_at_end(page, "!"),
            "<HTML><Body bgcolor=x>a!</BODY></HTML>"
        );
        assert_eq!(
            with_piece_at_start(page, "!"),
            "<HTML><Body bgcolor=x>!a</BODY></HTML>"
        );
        assert_eq!(with_piece_at_end("a", "!"), "a!");
        assert_eq!(with_piece_at_start("a", "!"), "!a");
    }
}
