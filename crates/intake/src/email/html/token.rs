//! Cuts HTML source into text, comments and tags, in one pass.
//!
//! What stands in scripts, style sheets and titles is skipped up to their end. A quote that never ends, ends with its
//! tag: each kind of quote can be missing only once, so the search for it stays linear.

use memchr::{memchr, memchr3, memmem};

/// Attributes of one tag that are looked at.
const ATTRIBUTES_MAX: usize = 48;
/// Bytes of the longest name of an element.
const NAME_BYTES_MAX: usize = 16;

/// A piece of a page.
#[derive(Debug)]
pub(super) enum Token<'source, 'name> {
    /// Text, not decoded yet.
    Text(&'source str),
    Comment,
    Open {
        name: &'name str,
        attributes: Attributes<'source>,
    },
    Close(&'name str),
}

/// The attributes of a tag in order; values are not decoded.
#[derive(Debug, Default)]
pub(super) struct Attributes<'source>(Vec<(&'source str, &'source str)>);

impl<'source> Attributes<'source> {
    /// Returns the value of the first attribute called `name`, in any case.
    pub(super) fn get(&self, name: &str) -> Option<&'source str> {
        self.0
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'source str, &'source str)> {
        self.0.iter().copied()
    }
}

/// Cuts a page into tokens.
pub(super) struct Tokens<'source> {
    source: &'source str,
    at: usize,
    name: String,
    /// The element whose content is skipped.
    skipped: Option<&'static str>,
}

impl<'source> Tokens<'source> {
    pub(super) fn new(source: &'source str) -> Self {
        Self {
            source,
            at: 0,
            name: String::with_capacity(NAME_BYTES_MAX),
            skipped: None,
        }
    }

    fn rest(&self) -> &'source [u8] {
        self.source.as_bytes().get(self.at..).unwrap_or(&[])
    }

    fn slice(&self, start: usize, end: usize) -> &'source str {
        self.source.get(start..end).unwrap_or("")
    }

    /// Returns the next piece.
    pub(super) fn next_token(&mut self) -> Option<Token<'source, '_>> {
        if let Some(element) = self.skipped.take() {
            self.skip_content(element);
        }
        let start = self.at;
        let mut search = start;
        loop {
            let found = self
                .source
                .as_bytes()
                .get(search..)
                .and_then(|rest| memchr(b'<', rest));
            let at = found.map_or(self.source.len(), |found| search.saturating_add(found));
            let starts = self.source.as_bytes().get(at.saturating_add(1));
            let is_tag = starts.is_some_and(|byte| {
                byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?')
            });
            if at < self.source.len() && !is_tag {
                search = at.saturating_add(1);
                continue;
            }
            if at > start {
                self.at = at;
                return Some(Token::Text(self.slice(start, at)));
            }
            if at >= self.source.len() {
                return None;
            }
            return Some(self.tag());
        }
    }

    /// Moves behind the content of a script or the like.
    fn skip_content(&mut self, element: &str) {
        let mut search = self.at;
        loop {
            let rest = self.source.as_bytes().get(search..).unwrap_or(&[]);
            let Some(found) = memmem::find(rest, b"</") else {
                self.at = self.source.len();
                return;
            };
            let at = search.saturating_add(found);
            let name = at.saturating_add(2);
            let close = self
                .source
                .as_bytes()
                .get(name..name.saturating_add(element.len()));
            if close.is_some_and(|close| close.eq_ignore_ascii_case(element.as_bytes())) {
                self.at = at;
                return;
            }
            search = name;
        }
    }

    /// Reads what starts with `<` here.
    fn tag(&mut self) -> Token<'source, '_> {
        let rest = self.rest();
        if rest.starts_with(b"<!--") {
            let body = rest.get(4..).unwrap_or(&[]);
            // `<!-->` is a comment too.
            let end = if body.starts_with(b">") {
                5
            } else {
                memmem::find(body, b"-->").map_or(rest.len(), |end| end.saturating_add(7))
            };
            self.at = self.at.saturating_add(end);
            return Token::Comment;
        }
        if matches!(rest.get(1), Some(b'!' | b'?')) {
            let end = memchr(b'>', rest).map_or(rest.len(), |end| end.saturating_add(1));
            self.at = self.at.saturating_add(end);
            // Declarations and processing instructions say nothing; bogus ones are comments.
            return Token::Comment;
        }
        let closes = rest.get(1) == Some(&b'/');
        self.at = self.at.saturating_add(if closes { 2 } else { 1 });
        self.read_name();
        let attributes = self.attributes();
        if closes {
            return Token::Close(&self.name);
        }
        self.skipped = match self.name.as_str() {
            "script" => Some("script"),
            "style" => Some("style"),
            "title" => Some("title"),
            "xml" => Some("xml"),
            _ => None,
        };
        Token::Open {
            name: &self.name,
            attributes,
        }
    }

    fn read_name(&mut self) {
        self.name.clear();
        let rest = self.rest();
        let end = rest
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<'))
            .unwrap_or(rest.len());
        for byte in rest.iter().take(end.min(NAME_BYTES_MAX)) {
            let kept = if byte.is_ascii() { *byte } else { b'?' };
            self.name.push(char::from(kept.to_ascii_lowercase()));
        }
        self.at = self.at.saturating_add(end);
    }

    /// Reads attributes up to the end of the tag, and moves behind it.
    fn attributes(&mut self) -> Attributes<'source> {
        let mut found = Attributes::default();
        loop {
            let rest = self.rest();
            let blanks = rest
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace() || **byte == b'/')
                .count();
            self.at = self.at.saturating_add(blanks);
            match self.rest().first() {
                None | Some(b'<') => return found,
                Some(b'>') => {
                    self.at = self.at.saturating_add(1);
                    return found;
                }
                Some(_) => {
                    let attribute = self.attribute();
                    if found.0.len() < ATTRIBUTES_MAX {
                        found.0.push(attribute);
                    }
                }
            }
        }
    }

    fn attribute(&mut self) -> (&'source str, &'source str) {
        let start = self.at;
        let rest = self.rest();
        // An equals sign that opens a name is part of it, so that each turn moves on.
        let length = rest
            .iter()
            .skip(1)
            .position(|byte| {
                byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'=' | b'<')
            })
            .map_or(rest.len(), |end| end.saturating_add(1));
        let name_end = start.saturating_add(length);
        self.at = name_end;
        let name = self.slice(start, name_end);
        let blanks = self.blanks();
        if self.rest().get(blanks) != Some(&b'=') {
            return (name, "");
        }
        self.at = self.at.saturating_add(blanks).saturating_add(1);
        let blanks = self.blanks();
        self.at = self.at.saturating_add(blanks);
        (name, self.value())
    }

    fn blanks(&self) -> usize {
        let rest = self.rest().iter();
        rest.take_while(|byte| byte.is_ascii_whitespace()).count()
    }

    fn value(&mut self) -> &'source str {
        let start = self.at;
        let rest = self.rest();
        if let Some(quote @ (b'"' | b'\'')) = rest.first().copied() {
            let inner = start.saturating_add(1);
            if let Some(end) = rest.get(1..).and_then(|rest| memchr(quote, rest)) {
                let end = inner.saturating_add(end);
                self.at = end.saturating_add(1);
                return self.slice(inner, end);
            }
        }
        let end = rest
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || *byte == b'>')
            .unwrap_or(rest.len());
        self.at = start.saturating_add(end);
        self.slice(start, self.at)
    }
}

/// Appends `text` with its character references decoded and its blanks joined; returns how many references stood for
/// plain letters or digits, which no honest program writes that way.
pub(super) fn decode_into(text: &str, out: &mut String) -> f32 {
    let mut needless = 0.0;
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        push_text(rest.get(..at).unwrap_or(""), out);
        let tail = rest.get(at..).unwrap_or("");
        let (letter, bytes) = reference(tail).unwrap_or(('&', 1));
        if letter.is_ascii_alphanumeric() {
            needless += 1.0;
        }
        out.push(if letter == '\u{a0}' { ' ' } else { letter });
        rest = tail.get(bytes..).unwrap_or("");
    }
    push_text(rest, out);
    needless
}

/// Appends text; a run of blanks becomes one.
fn push_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = memchr3(b'\n', b'\r', b'\t', rest.as_bytes()) {
        out.push_str(rest.get(..at).unwrap_or(""));
        if !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
        rest = rest.get(at.saturating_add(1)..).unwrap_or("");
    }
    out.push_str(rest);
}

/// Longest reference that is read, in bytes.
const REFERENCE_BYTES_MAX: usize = 12;

/// Reads the character reference at the start of `text`, with the bytes it takes.
fn reference(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let name: &[u8] = bytes.get(1..REFERENCE_BYTES_MAX.min(bytes.len()))?;
    if let Some(digits) = name.strip_prefix(b"#") {
        let (digits, radix, lead) = match digits.first() {
            Some(b'x' | b'X') => (digits.get(1..)?, 16, 3),
            _ => (digits, 10, 2),
        };
        let length = digits
            .iter()
            .take_while(|byte| char::from(**byte).is_digit(radix))
            .count();
        let digits = std::str::from_utf8(digits.get(..length)?).ok()?;
        let code = u32::from_str_radix(digits, radix).ok()?;
        let end = length.saturating_add(lead);
        let closed = usize::from(bytes.get(end) == Some(&b';'));
        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        return Some((letter, end.saturating_add(closed)));
    }
    let length = name
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let name = text.get(1..length.saturating_add(1))?;
    let closed = bytes.get(length.saturating_add(1)) == Some(&b';');
    let letter = named(name)?;
    // Without its semicolon only the oldest ones are read.
    if !closed && !matches!(name, "amp" | "lt" | "gt" | "quot" | "nbsp" | "copy" | "reg") {
        return None;
    }
    Some((
        letter,
        length.saturating_add(1).saturating_add(usize::from(closed)),
    ))
}

/// Returns the character of a named reference: of HTML 3.2 all, of later ones those that mails use.
fn named(name: &str) -> Option<char> {
    if let Ok(place) = NAMED.binary_search_by(|(listed, _)| (*listed).cmp(name)) {
        return NAMED.get(place).map(|(_, letter)| *letter);
    }
    None
}

/// Sorted by name.
const NAMED: &[(&str, char)] = &[
    ("AElig", 'Æ'),
    ("Aacute", 'Á'),
    ("Acirc", 'Â'),
    ("Agrave", 'À'),
    ("Aring", 'Å'),
    ("Atilde", 'Ã'),
    ("Auml", 'Ä'),
    ("Ccedil", 'Ç'),
    ("Eacute", 'É'),
    ("Ecirc", 'Ê'),
    ("Egrave", 'È'),
    ("Euml", 'Ë'),
    ("Iacute", 'Í'),
    ("Ntilde", 'Ñ'),
    ("Oacute", 'Ó'),
    ("Ocirc", 'Ô'),
    ("Oslash", 'Ø'),
    ("Otilde", 'Õ'),
    ("Ouml", 'Ö'),
    ("Uacute", 'Ú'),
    ("Uuml", 'Ü'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("aring", 'å'),
    ("atilde", 'ã'),
    ("auml", 'ä'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("cent", '¢'),
    ("copy", '©'),
    ("deg", '°'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("euml", 'ë'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iexcl", '¡'),
    ("igrave", 'ì'),
    ("iquest", '¿'),
    ("iuml", 'ï'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("oelig", 'œ'),
    ("ograve", 'ò'),
    ("ordf", 'ª'),
    ("ordm", 'º'),
    ("oslash", 'ø'),
    ("otilde", 'õ'),
    ("ouml", 'ö'),
    ("para", '¶'),
    ("pound", '£'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsquo", '’'),
    ("sect", '§'),
    ("shy", '\u{ad}'),
    ("szlig", 'ß'),
    ("thinsp", ' '),
    ("times", '×'),
    ("trade", '™'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("ugrave", 'ù'),
    ("uuml", 'ü'),
    ("yen", '¥'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> String {
        let mut out = String::new();
        decode_into(text, &mut out);
        out
    }

    #[test]
    fn references() {
        assert!(NAMED.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!(
            decoded("a&amp;b &#65;&#x42; &eacute;&nbsp;&copy 1"),
            "a&b AB é © 1"
        );
        assert_eq!(
            decoded("&bogus; & &#; &#xFFFFFFFF; &eacute"),
            "&bogus; & &#; \u{fffd} &eacute"
        );
        assert_eq!(
            decode_into("&#118;iagra", &mut String::new()).to_bits(),
            1.0_f32.to_bits()
        );
    }

    fn shown(source: &str) -> Vec<String> {
        let mut tokens = Tokens::new(source);
        let mut shown = Vec::new();
        while let Some(token) = tokens.next_token() {
            shown.push(match token {
                Token::Text(text) => text.to_owned(),
                Token::Comment => "!".to_owned(),
                Token::Open { name, attributes } => format!("{name} {:?}", attributes.0),
                Token::Close(name) => format!("/{name}"),
            });
        }
        shown
    }

    #[test]
    fn tags_and_what_breaks_them() {
        assert_eq!(
            shown("<P ALIGN=left x>a < b<!-- > -->c</p ><br/><?xml?>"),
            [
                "p [(\"ALIGN\", \"left\"), (\"x\", \"\")]",
                "a < b",
                "!",
                "c",
                "/p",
                "br []",
                "!"
            ]
        );
        assert_eq!(
            shown("<a href=\"x>y\" b='z'>t</a><script>if (a<b) </p></SCRIPT>u"),
            [
                "a [(\"href\", \"x>y\"), (\"b\", \"z\")]",
                "t",
                "/a",
                "script []",
                "/script",
                "u"
            ]
        );
        assert_eq!(
            shown("<a href=\"x>y<b"),
            ["a [(\"href\", \"\\\"x\")]", "y", "b []"]
        );
        assert_eq!(shown("<!-- open <b>"), ["!"]);
        assert_eq!(shown("<a =b==c>"), ["a [(\"=b\", \"=c\")]"]);
    }
}
