//! How text looks: what inline style and old attributes say of it, inherited from element to element.

use super::Element;
use super::token::Attributes;

/// Open elements that are remembered.
const DEPTH_MAX: usize = 256;
/// Open elements that a closing tag is compared with.
const CLOSED_MAX: usize = 24;
/// Bytes of a style that are read.
const STYLE_BYTES_MAX: usize = 2_048;

/// How the text of an element looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Not drawn at all.
    pub(super) hidden: bool,
    /// Too small to read.
    pub(super) tiny: bool,
    colour: u32,
    background: u32,
    /// Whether the colour of the letters was chosen.
    coloured: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            hidden: false,
            tiny: false,
            colour: 0,
            background: 0x00ff_ffff,
            coloured: false,
        }
    }
}

/// Sum of differences of red, green and blue below which nobody tells two colours apart.
const SAME_COLOUR: u32 = 24;

impl Look {
    /// Returns whether letters have the colour of what is behind them.
    pub(super) fn is_same_colour(&self) -> bool {
        let channel = |colour: u32, shift: u32| colour.wrapping_shr(shift) & 0xff;
        let difference = [0, 8, 16].into_iter().fold(0_u32, |sum, shift| {
            let one = channel(self.colour, shift).abs_diff(channel(self.background, shift));
            sum.saturating_add(one)
        });
        self.coloured && difference <= SAME_COLOUR
    }

    /// Returns whether nobody reads the text.
    pub(super) fn is_unseen(&self) -> bool {
        self.hidden || self.tiny || self.is_same_colour()
    }

    /// Returns the look of an element within one that looks like `outer`.
    pub(super) fn read(outer: Self, element: Element, attributes: &Attributes<'_>) -> Self {
        let mut look = outer;
        look.hidden |= matches!(element, Element::Unseen | Element::Script);
        for (name, value) in attributes.iter() {
            match name.len() {
                5 if name.eq_ignore_ascii_case("color") => look.paint(value),
                4 if name.eq_ignore_ascii_case("text") => look.paint(value),
                7 if name.eq_ignore_ascii_case("bgcolor") => look.fill(value),
                6 if name.eq_ignore_ascii_case("hidden") => look.hidden = true,
                4 if name.eq_ignore_ascii_case("size") && element == Element::Font => {
                    look.tiny = matches!(value.trim(), "0" | "-6" | "-7" | "-8" | "-9");
                }
                5 if name.eq_ignore_ascii_case("style") => look.style(value),
                _ => {}
            }
        }
        look
    }

    fn paint(&mut self, value: &str) {
        if let Some(colour) = read_colour(value) {
            self.colour = colour;
            self.coloured = true;
        }
    }

    fn fill(&mut self, value: &str) {
        if let Some(colour) = read_colour(value) {
            self.background = colour;
        }
    }

    fn style(&mut self, style: &str) {
        let end = style.floor_char_boundary(STYLE_BYTES_MAX);
        let style = style.get(..end).unwrap_or("");
        for declaration in style.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let says = |known: &str| value.eq_ignore_ascii_case(known) || starts(value, known);
            if is("display") {
                self.hidden |= says("none");
            } else if is("visibility") {
                self.hidden |= says("hidden") || says("collapse");
            } else if is("mso-hide") {
                self.hidden |= says("all");
            } else if is("opacity") {
                self.hidden |= value.parse::<f32>().is_ok_and(|share| share < 0.05);
            } else if is("font-size") {
                self.tiny = is_tiny_size(value);
            } else if is("max-height") || is("max-width") || is("height") || is("width") {
                self.hidden |= is_nothing(value) && style.contains("overflow");
            } else if is("text-indent") || is("left") || is("top") || is("margin-left") {
                self.hidden |= is_far_out(value);
            } else if is("color") {
                self.paint(value);
            } else if is("background-color") || is("background") {
                self.fill(value.split_ascii_whitespace().next().unwrap_or(""));
            }
        }
    }
}

fn starts(value: &str, opening: &str) -> bool {
    value
        .get(..opening.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(opening))
}

/// Splits a length into its number and its unit.
fn length(value: &str) -> Option<(f32, &str)> {
    let end = value
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '-')
        .unwrap_or(value.len());
    let number = value.get(..end)?.parse().ok()?;
    let unit = value.get(end..)?.trim();
    let unit = unit.split(['!', ' ']).next().unwrap_or("");
    Some((number, unit))
}

/// Returns whether nobody reads letters of this size.
fn is_tiny_size(value: &str) -> bool {
    length(value).is_some_and(|(number, unit)| match unit {
        "em" | "rem" => number < 0.2,
        "%" => number < 20.0,
        _ => number < 3.0,
    })
}

fn is_nothing(value: &str) -> bool {
    length(value).is_some_and(|(number, _)| number <= 1.0)
}

fn is_far_out(value: &str) -> bool {
    length(value).is_some_and(|(number, _)| number <= -999.0)
}

/// Returns whether an image is a pixel or so, which only counts who reads.
pub(super) fn is_tiny_image(attributes: &Attributes<'_>) -> bool {
    let side = |name: &str| {
        attributes
            .get(name)
            .is_some_and(|value| is_nothing(value.trim()))
    };
    side("width") && side("height")
}

/// Names of colours that hide text or show it, beside those in hexadecimal.
const COLOURS: &[(&str, u32)] = &[
    ("white", 0x00ff_ffff),
    ("black", 0),
    ("snow", 0x00ff_fafa),
    ("ivory", 0x00ff_fff0),
    ("ghostwhite", 0x00f8_f8ff),
    ("whitesmoke", 0x00f5_f5f5),
    ("floralwhite", 0x00ff_faf0),
    ("red", 0x00ff_0000),
    ("blue", 0x0000_00ff),
    ("navy", 0x0000_0080),
    ("green", 0x0000_8000),
    ("yellow", 0x00ff_ff00),
    ("gray", 0x0080_8080),
    ("grey", 0x0080_8080),
    ("silver", 0x00c0_c0c0),
    ("maroon", 0x0080_0000),
    ("purple", 0x0080_0080),
    ("orange", 0x00ff_a500),
];

fn read_colour(value: &str) -> Option<u32> {
    let value = value.trim();
    let value = value.split('!').next().unwrap_or("").trim_end();
    if let Some(inner) = value
        .strip_prefix("rgb(")
        .or_else(|| value.strip_prefix("rgba("))
    {
        let mut channels = inner.trim_end_matches(')').split(',');
        let mut colour = 0_u32;
        for _ in 0..3 {
            let channel: u32 = channels.next()?.trim().parse().ok()?;
            colour = colour.wrapping_shl(8) | channel.min(255);
        }
        return Some(colour);
    }
    let digits = value.strip_prefix('#').unwrap_or(value);
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let number = u32::from_str_radix(digits, 16).ok()?;
        return match digits.len() {
            6 => Some(number),
            3 => Some([8_u32, 4, 0].into_iter().fold(0, |colour, shift| {
                let digit = number.wrapping_shr(shift) & 0xf;
                colour.wrapping_shl(8) | digit.wrapping_mul(0x11)
            })),
            _ => None,
        };
    }
    COLOURS
        .iter()
        .find(|(name, _)| value.eq_ignore_ascii_case(name))
        .map(|(_, colour)| *colour)
}

/// The looks of the open elements.
#[derive(Debug, Default)]
pub(super) struct Looks {
    open: Vec<(u64, Look)>,
    /// Elements that were not remembered.
    beyond: usize,
}

impl Looks {
    pub(super) fn current(&self) -> Look {
        self.open
            .last()
            .map_or_else(Look::default, |(_, look)| *look)
    }

    pub(super) fn push(&mut self, name: &str, look: Look) {
        if self.open.len() < DEPTH_MAX {
            self.open.push((key(name), look));
        } else {
            self.beyond = self.beyond.saturating_add(1);
        }
    }

    /// Closes the innermost element called `name` and those in it; returns whether there is one.
    pub(super) fn pop(&mut self, name: &str) -> bool {
        if self.beyond > 0 {
            self.beyond = self.beyond.saturating_sub(1);
            return true;
        }
        let wanted = key(name);
        let from_end = self.open.iter().rev().take(CLOSED_MAX);
        let Some(above) = from_end
            .map(|(found, _)| *found)
            .position(|found| found == wanted)
        else {
            return false;
        };
        let left = self.open.len().saturating_sub(above).saturating_sub(1);
        self.open.truncate(left);
        true
    }
}

/// Returns the first eight bytes of a name as a number.
fn key(name: &str) -> u64 {
    name.bytes()
        .take(8)
        .fold(0, |key, byte| key.wrapping_shl(8) | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours() {
        let check = |value, expected| assert_eq!(read_colour(value), expected, "{value}");
        check("#FFF", Some(0x00ff_ffff));
        check("fefefe", Some(0x00fe_fefe));
        check("rgb(1, 2, 300)", Some(0x0001_02ff));
        check("White !important", Some(0x00ff_ffff));
        check("inherit", None);
        check("", None);
    }

    #[test]
    fn sizes() {
        for tiny in ["0", "1px", "0.1em", "2pt", "1%", "0px !important"] {
            assert!(is_tiny_size(tiny), "{tiny}");
        }
        for plain in ["12px", "1em", "90%", "small", ""] {
            assert!(!is_tiny_size(plain), "{plain}");
        }
    }
}
