//! Writing systems of host labels, and the Latin letters that foreign ones are mistaken for.
//!
//! Coarse ranges of code points, enough to tell a Cyrillic letter inside a Latin word. It does not
//! reproduce the whole of the Unicode security tables: it knows the letters that look like Latin
//! ones in the fonts of address bars.

/// A writing system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// Digits, hyphens, marks.
    Common,
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    /// Chinese, Japanese and Korean writing, which mix with each other and with Latin.
    East,
    /// Any other.
    Other,
}

const fn script_of(letter: char) -> Script {
    match letter {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\0'..='\u{bf}'
        | '\u{2b0}'..='\u{36f}'
        | '\u{2000}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}' => Script::Common,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' => Script::Cyrillic,
        '\u{530}'..='\u{58f}' => Script::Armenian,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' => Script::East,
        _ => Script::Other,
    }
}

/// Returns whether one label of `host` (in its Unicode form) mixes scripts that no language mixes.
pub(crate) fn mixes_scripts(host: &str) -> bool {
    host.split('.').any(|label| {
        let mut seen = None;
        label
            .chars()
            .map(script_of)
            .filter(|script| *script != Script::Common)
            .any(|script| !fits(&mut seen, script))
    })
}

/// Remembers `script` unless it clashes with the one seen before; Latin beside East Asian fits.
fn fits(seen: &mut Option<Script>, script: Script) -> bool {
    match *seen {
        None => *seen = Some(script),
        Some(before) if before == script => {}
        Some(Script::Latin) if script == Script::East => *seen = Some(script),
        Some(Script::East) if script == Script::Latin => {}
        Some(_) => return false,
    }
    true
}

/// Returns the Latin letter that `letter` is mistaken for, itself where there is none.
pub(crate) const fn latin_twin(letter: char) -> char {
    match letter {
        'а' | 'α' | 'à'..='å' | 'ā' | 'ă' | 'ą' | 'ạ'..='ặ' | 'ɑ' => 'a',
        'Ь' | 'ь' | 'β' | 'в' | 'ƅ' => 'b',
        'с' | 'ç' | 'ć' | 'č' | 'ϲ' | 'ċ' => 'c',
        'ԁ' | 'ď' | 'đ' | 'ɗ' => 'd',
        'е' | 'ε' | 'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' | 'ё' => 'e',
        'ɡ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'һ' | 'н' | 'ħ' => 'h',
        'і' | 'ι' | 'ì'..='ï' | 'ī' | 'į' | 'ı' | 'ỉ' | 'ị' | 'ї' => 'i',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' | 'ķ' => 'k',
        'ӏ' | 'ł' | 'ĺ' | 'ľ' | 'ļ' | 'ⅼ' => 'l',
        'м' | 'ṃ' | 'ṁ' => 'm',
        'п' | 'η' | 'ñ' | 'ń' | 'ň' | 'ņ' | 'ṅ' => 'n',
        'о' | 'ο' | 'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'ọ'..='ợ' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' | 'ŕ' | 'ř' => 'r',
        'ѕ' | 'ś' | 'š' | 'ş' | 'ș' => 's',
        'т' | 'τ' | 'ť' | 'ţ' | 'ț' => 't',
        'υ' | 'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' | 'ụ'..='ự' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' | 'ŵ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ý' | 'ÿ' | 'ỳ'..='ỹ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => letter,
    }
}

/// Returns whether a person would not see `letter`, or it changes the order in which text is shown.
pub(crate) const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_labels() {
        assert!(mixes_scripts("pаypal.com")); // a Cyrillic letter
        assert!(!mixes_scripts("пример.com"));
        assert!(!mixes_scripts("東京tokyo.jp"));
        assert!(!mixes_scripts("caf\u{e9}-24.example"));
    }

    #[test]
    fn twins_spell_the_brand() {
        let skeleton: String = "раураӏ".chars().map(latin_twin).collect();
        assert_eq!(skeleton, "paypal");
    }
}
