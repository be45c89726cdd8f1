//! Writes rules as a rule file, so that what was imported can be read, changed and kept in git.

use ringtrue_core::Kind;
use toml::Value;

use super::rule::Polarity;

/// A rule before it is one: what a file says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Techniques of ATT&CK.
    pub attack: Vec<String>,
    /// What it votes for.
    pub polarity: Polarity,
    /// Who wrote it.
    pub author: String,
    /// Why.
    pub notes: String,
    /// When it votes.
    pub condition: String,
}

/// Writes drafts as one rule file.
#[must_use]
pub fn write(kind: Kind, drafts: &[Draft]) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let block = |draft: &Draft| {
        let attack: Vec<String> = draft.attack.iter().map(|id| quoted(id)).collect();
        format!(
            "\n[[rule]]\nname = {}\nattack = [{}]\npolarity = {}\nauthor = {}\nnotes = {}\ncondition = {}\n",
            quoted(&draft.name),
            attack.join(", "),
            quoted(draft.polarity.word()),
            quoted(&draft.author),
            quoted(&draft.notes),
            quoted(&draft.condition),
        )
    };
    let blocks: Vec<String> = drafts.iter().map(block).collect();
    format!("kind = {}\n{}", quoted(kind.word()), blocks.concat())
}
