//! HTML as a person sees it: visible and hidden text, links with what they show, and counts of what pages are made of.
//!
//! ```text
//!   source ─► tokens (one pass, no tree) ─► stack of looks (inline style) ─► Page
//! ```
//!
//! It reads what browsers read in broken pages too, but builds no tree, loads nothing and knows no style sheet: text
//! hidden by a class counts as visible.

mod look;
mod token;

use super::link::{Link, Origin};
use look::{Look, Looks};
use token::{Attributes, Token, Tokens};

/// What one HTML part holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// Text that is shown.
    pub(super) visible: String,
    /// Text that nobody sees.
    pub(super) hidden: String,
    /// Names of elements and attributes in order, between blanks.
    pub(super) markup: String,
    pub(super) links: Vec<Link>,
    pub(super) counts: Counts,
}

/// How much of what a page holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) bytes: f32,
    pub(super) tags: f32,
    pub(super) unknown_tags: f32,
    pub(super) unclosed_tags: f32,
    pub(super) comments: f32,
    /// Comments between two letters.
    pub(super) split_words: f32,
    pub(super) images: f32,
    pub(super) remote_images: f32,
    pub(super) tiny_images: f32,
    pub(super) linked_images: f32,
    pub(super) forms: f32,
    pub(super) inputs: f32,
    pub(super) password_inputs: f32,
    pub(super) scripts: f32,
    pub(super) handlers: f32,
    pub(super) frames: f32,
    pub(super) refreshes: f32,
    pub(super) bases: f32,
    pub(super) tables: f32,
    pub(super) fonts: f32,
    pub(super) styles: f32,
    pub(super) data_uris: f32,
    pub(super) hidden_elements: f32,
    pub(super) hidden_bytes: f32,
    pub(super) tiny_bytes: f32,
    pub(super) same_colour_bytes: f32,
    pub(super) letter_references: f32,
}

impl Counts {
    /// Adds what another page holds.
    pub(super) fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.tags += other.tags;
        self.unknown_tags += other.unknown_tags;
        self.unclosed_tags += other.unclosed_tags;
        self.comments += other.comments;
        self.split_words += other.split_words;
        self.images += other.images;
        self.remote_images += other.remote_images;
        self.tiny_images += other.tiny_images;
        self.linked_images += other.linked_images;
        self.forms += other.forms;
        self.inputs += other.inputs;
        self.password_inputs += other.password_inputs;
        self.scripts += other.scripts;
        self.handlers += other.handlers;
        self.frames += other.frames;
        self.refreshes += other.refreshes;
        self.bases += other.bases;
        self.tables += other.tables;
        self.fonts += other.fonts;
        self.styles += other.styles;
        self.data_uris += other.data_uris;
        self.hidden_elements += other.hidden_elements;
        self.hidden_bytes += other.hidden_bytes;
        self.tiny_bytes += other.tiny_bytes;
        self.same_colour_bytes += other.same_colour_bytes;
        self.letter_references += other.letter_references;
    }
}

/// Bytes of markup names that are kept for one page.
const MARKUP_BYTES_MAX: usize = 16 << 10;
/// Bytes of hidden text that are kept for one page.
const HIDDEN_BYTES_MAX: usize = 8 << 10;
/// Bytes of the text that one link shows that are kept.
const SHOWN_BYTES_MAX: usize = 256;

struct Reader {
    page: Page,
    looks: Looks,
    /// The link that is open, by its place.
    open_link: Option<usize>,
    links_max: usize,
    text_max: usize,
    /// Whether the last thing seen was a letter, to tell comments inside words.
    after_letter: bool,
    comment_in_word: bool,
}

/// Reads a page; at most `links_max` links and `text_max` bytes of visible text are kept.
pub(super) fn read_page(source: &str, links_max: usize, text_max: usize) -> Page {
    let mut reader = Reader {
        page: Page::default(),
        looks: Looks::default(),
        open_link: None,
        links_max,
        text_max,
        after_letter: false,
        comment_in_word: false,
    };
    reader.page.counts.bytes = source.len() as f32;
    let mut tokens = Tokens::new(source);
    while let Some(token) = tokens.next_token() {
        match token {
            Token::Text(text) => reader.text(text),
            Token::Comment => reader.comment(),
            Token::Open { name, attributes } => reader.open(name, &attributes),
            Token::Close(name) => reader.close(name),
        }
    }
    reader.page
}

impl Reader {
    fn text(&mut self, text: &str) {
        let starts_in_word = text.starts_with(|letter: char| letter.is_alphanumeric());
        if self.comment_in_word && starts_in_word {
            self.page.counts.split_words += 1.0;
        }
        self.comment_in_word = false;
        self.after_letter = text.ends_with(|letter: char| letter.is_alphanumeric());
        let look = self.looks.current();
        let bytes = text.trim().len() as f32;
        let counts = &mut self.page.counts;
        if look.hidden {
            counts.hidden_bytes += bytes;
        }
        if look.tiny {
            counts.tiny_bytes += bytes;
        }
        if look.is_same_colour() {
            counts.same_colour_bytes += bytes;
        }
        if look.is_unseen() {
            if self.page.hidden.len() < HIDDEN_BYTES_MAX {
                token::decode_into(text, &mut self.page.hidden);
            }
            return;
        }
        if self.page.visible.len() >= self.text_max {
            return;
        }
        let start = self.page.visible.len();
        let letters = token::decode_into(text, &mut self.page.visible);
        self.page.counts.letter_references += letters;
        let Some(link) = self
            .open_link
            .and_then(|place| self.page.links.get_mut(place))
        else {
            return;
        };
        let shown = self.page.visible.get(start..).unwrap_or("");
        let room = SHOWN_BYTES_MAX.saturating_sub(link.shown.len());
        let end = shown.floor_char_boundary(room);
        link.shown.push_str(shown.get(..end).unwrap_or(""));
    }

    fn comment(&mut self) {
        self.page.counts.comments += 1.0;
        self.comment_in_word = self.after_letter;
    }

    fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        let counts = &mut self.page.counts;
        counts.tags += 1.0;
        counts.styles += f32::from(u8::from(attributes.get("style").is_some()));
        for (attribute, value) in attributes.iter() {
            let handler = attribute.len() > 4
                && attribute
                    .get(..2)
                    .is_some_and(|opening| opening.eq_ignore_ascii_case("on"));
            counts.handlers += f32::from(u8::from(handler));
            let data = value
                .get(..5)
                .is_some_and(|opening| opening.eq_ignore_ascii_case("data:"));
            counts.data_uris += f32::from(u8::from(data));
        }
        self.note_markup(name, attributes);
        let element = Element::of(name);
        self.note_element(element, attributes);
        if element.is_block() {
            push_blank(&mut self.page.visible);
            self.after_letter = false;
        }
        let look = Look::read(self.looks.current(), element, attributes);
        if look.is_unseen() && !self.looks.current().is_unseen() {
            self.page.counts.hidden_elements += 1.0;
        }
        if !element.is_void() {
            self.looks.push(name, look);
        }
    }

    fn note_markup(&mut self, name: &str, attributes: &Attributes<'_>) {
        let markup = &mut self.page.markup;
        if markup.len() >= MARKUP_BYTES_MAX {
            return;
        }
        let mut push = |word: &str| {
            let end = word.floor_char_boundary(16);
            markup.push_str(word.get(..end).unwrap_or(""));
            markup.push(' ');
        };
        push(name);
        for (attribute, _) in attributes.iter().take(8) {
            push(attribute);
        }
    }

    fn note_element(&mut self, element: Element, attributes: &Attributes<'_>) {
        let counts = &mut self.page.counts;
        match element {
            Element::Link => {
                self.open_link = None;
                let target = attributes.get("href").unwrap_or("");
                if self.add_link(target, Origin::Anchor) {
                    self.open_link = self.page.links.len().checked_sub(1);
                }
            }
            Element::Area => self.add_attribute(attributes, "href", Origin::Anchor),
            Element::Image => {
                counts.images += 1.0;
                counts.tiny_images += f32::from(u8::from(look::is_tiny_image(attributes)));
                counts.linked_images += f32::from(u8::from(self.open_link.is_some()));
                let source = attributes.get("src").unwrap_or("");
                counts.remote_images += f32::from(u8::from(source.contains("//")));
                self.add_attribute(attributes, "src", Origin::Resource);
            }
            Element::Form => {
                counts.forms += 1.0;
                self.add_attribute(attributes, "action", Origin::Form);
            }
            Element::Input => {
                counts.inputs += 1.0;
                let kind = attributes.get("type").unwrap_or("");
                counts.password_inputs +=
                    f32::from(u8::from(kind.eq_ignore_ascii_case("password")));
            }
            Element::Script => {
                counts.scripts += 1.0;
                self.add_attribute(attributes, "src", Origin::Resource);
            }
            Element::Frame => {
                counts.frames += 1.0;
                self.add_attribute(attributes, "src", Origin::Resource);
            }
            Element::Meta => {
                let kind = attributes.get("http-equiv").unwrap_or("");
                counts.refreshes += f32::from(u8::from(kind.eq_ignore_ascii_case("refresh")));
            }
            Element::Base => counts.bases += 1.0,
            Element::Table => counts.tables += 1.0,
            Element::Font => counts.fonts += 1.0,
            Element::Unknown => counts.unknown_tags += 1.0,
            Element::Block | Element::Void | Element::Unseen | Element::Plain => {}
        }
    }

    fn add_attribute(&mut self, attributes: &Attributes<'_>, name: &str, origin: Origin) {
        if let Some(target) = attributes.get(name) {
            self.add_link(target, origin);
        }
    }

    /// Keeps a link; returns whether it leads anywhere and there was room.
    fn add_link(&mut self, target: &str, origin: Origin) -> bool {
        if self.page.links.len() >= self.links_max {
            return false;
        }
        let mut decoded = String::new();
        token::decode_into(target.trim(), &mut decoded);
        if decoded.starts_with('#') || decoded.is_empty() {
            return false;
        }
        self.page.links.push(Link::new(decoded, origin));
        true
    }

    fn close(&mut self, name: &str) {
        if !self.looks.pop(name) {
            self.page.counts.unclosed_tags += 1.0;
        }
        let element = Element::of(name);
        if element == Element::Link {
            self.open_link = None;
        }
        if element.is_block() {
            push_blank(&mut self.page.visible);
            self.after_letter = false;
        }
    }
}

fn push_blank(text: &mut String) {
    if !text.is_empty() && !text.ends_with(['\n', ' ']) {
        text.push('\n');
    }
}

/// What an element is to a reader of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Link,
    Area,
    Image,
    Form,
    Input,
    Script,
    Frame,
    Meta,
    Base,
    Table,
    Font,
    /// Starts a line.
    Block,
    /// Has no end.
    Void,
    /// Its content is not shown.
    Unseen,
    Plain,
    /// No element of HTML.
    Unknown,
}

impl Element {
    fn of(name: &str) -> Self {
        match name {
            "a" => Self::Link,
            "area" => Self::Area,
            "img" | "image" => Self::Image,
            "form" => Self::Form,
            "input" | "button" | "select" | "textarea" => Self::Input,
            "script" => Self::Script,
            "iframe" | "frame" | "object" | "embed" | "applet" => Self::Frame,
            "meta" => Self::Meta,
            "base" => Self::Base,
            "table" => Self::Table,
            "font" => Self::Font,
            "br" | "hr" | "p" | "div" | "td" | "th" | "tr" | "li" | "ul" | "ol" | "dl" | "dd"
            | "dt" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "center" | "blockquote" | "pre"
            | "tbody" | "thead" | "tfoot" | "body" | "html" | "section" | "article" | "header"
            | "footer" | "main" | "nav" | "option" | "caption" | "address" | "fieldset" => {
                Self::Block
            }
            "link" | "col" | "wbr" | "param" | "source" | "track" | "basefont" | "bgsound"
            | "keygen" | "spacer" => Self::Void,
            "style" | "title" | "head" | "noscript" | "template" | "noframes" => Self::Unseen,
            "span" | "b" | "i" | "u" | "s" | "em" | "strong" | "small" | "big" | "sub" | "sup"
            | "tt" | "code" | "kbd" | "samp" | "var" | "cite" | "q" | "label" | "strike"
            | "del" | "ins" | "abbr" | "acronym" | "map" | "colgroup" | "marquee" | "blink"
            | "nobr" | "legend" | "layer" | "ilayer" | "multicol" | "dir" | "menu" | "frameset"
            | "optgroup" | "dfn" | "bdo" | "bdi" | "mark" | "time" | "figure" | "figcaption"
            | "picture" | "video" | "audio" | "canvas" | "svg" | "path" | "g" | "math"
            | "details" | "summary" | "xmp" | "listing" | "plaintext" | "ruby" | "rt" | "rp"
            | "data" | "meter" | "progress" | "output" | "dialog" | "aside" | "hgroup" => {
                Self::Plain
            }
            // Word and templates name elements with a prefix.
            _ if name.contains(':') => Self::Plain,
            _ => Self::Unknown,
        }
    }

    const fn is_block(self) -> bool {
        matches!(self, Self::Block | Self::Table | Self::Form)
    }

    const fn is_void(self) -> bool {
        matches!(
            self,
            Self::Void | Self::Image | Self::Input | Self::Meta | Self::Base | Self::Area
        )
    }
}

#[cfg(test)]
mod tests;
