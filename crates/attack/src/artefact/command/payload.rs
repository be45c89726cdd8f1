//! Benign text that is put beside a command: of what the attacker has at hand, else of a few lines that anybody types.

use ringtrue_core::random::Random;
use ringtrue_intake::source::command_line;

use super::super::random::between;
use super::line::Line;
use crate::artefact::Material;

/// What is typed every day, for an attacker who has nothing else at hand.
const USUAL: &[&str] = &[
    "ls -la /var/log",
    "find . -name '*.txt' -type f",
    "df -h",
    "git status",
    "tail -n 20 /var/log/syslog",
    "grep -r main src",
    "ps aux | sort -nk 3",
    "du -sh /home",
    "systemctl status ssh",
    "tar czf backup.tar.gz docs",
    "make install",
    "find / -user root -print",
];

/// Letters that mean nothing in the quotes of shells, Python or Perl.
fn is_inert(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " -_./:,=+*?|;<>()[]{}#@%^~&".contains(letter)
}

/// Sizes of benign text, in letters: the paper's are up to 128.
const LETTERS: (usize, usize) = (16, 256);

/// Returns a benign line.
pub(super) fn benign<'m>(material: &'m Material, random: &mut Random) -> Option<&'m str> {
    material
        .pick(random)
        .or_else(|| random.pick(USUAL).copied())
}

/// Returns benign lines as one text of inert letters, which stands in quotes of any language without ending them.
pub(super) fn inert(material: &Material, random: &mut Random) -> Option<String> {
    let letters = between(LETTERS.0, LETTERS.1, random);
    let mut text = String::new();
    while text.len() < letters {
        let line = benign(material, random)?;
        let line = line
            .chars()
            .take(LETTERS.1)
            .filter(|letter| is_inert(*letter));
        if !text.is_empty() {
            text.push(';');
        }
        let before = text.len();
        text.extend(line);
        if text.len() == before {
            break;
        }
    }
    text.truncate(letters);
    (!text.trim().is_empty()).then_some(text)
}

/// Returns a benign pipeline that a shell reads without anything of it standing behind a separator.
pub(super) fn pipeline(material: &Material, random: &mut Random) -> Option<String> {
    (0..8).find_map(|_| {
        let text = benign(material, random)?.trim();
        let line = Line::read(text).filter(|_| text.len() <= LETTERS.1 && !text.contains('\n'))?;
        let is_pipeline = line
            .statements
            .iter()
            .skip(1)
            .all(|next| next.joint == super::line::Joint::Pipe);
        (is_pipeline && !line.ends_in_background).then(|| line.trimmed().to_owned())
    })
}

/// Writes a program with its arguments, quoted where it must be.
pub(super) fn call<const N: usize>(words: [&str; N]) -> String {
    command_line(words.map(str::as_bytes))
}
