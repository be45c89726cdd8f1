//! An attack on commands as a declaration with a function.

use ringtrue_core::random::Random;

use super::programs::name_of;
use crate::artefact::{Attack, Declaration, Material};

/// What ATLAS and NIST call a change of a command that keeps what it does.
pub(super) const TAXONOMY: &str = "ATLAS AML.T0043 Craft Adversarial Data; NIST AI 100-2 evasion; ATT&CK T1027.010 Command Obfuscation";

/// Changes a command, if there is anything that it can change soundly.
pub(super) type Change = fn(&str, &Material, &mut Random) -> Option<String>;

/// One attack.
pub(super) struct Trick {
    pub(super) declaration: &'static Declaration,
    pub(super) change: Change,
}

impl Attack<str> for Trick {
    fn declaration(&self) -> &'static Declaration {
        self.declaration
    }

    fn change(&self, artefact: &str, material: &Material, random: &mut Random) -> Option<String> {
        let changed = if artefact.trim_start().starts_with("[\"") {
            self.within_arguments(artefact, material, random)
        } else {
            (self.change)(artefact, material, random)
        };
        changed.filter(|changed| changed != artefact)
    }
}

impl Trick {
    /// Changes an argument vector, written as a JSON list: the code that a shell of it is given. Other words are read by no
    /// shell, which would take quotes away again.
    fn within_arguments(
        &self,
        text: &str,
        material: &Material,
        random: &mut Random,
    ) -> Option<String> {
        let mut words: Vec<String> = serde_json::from_str(text).ok()?;
        let is_shell = |word: &String| matches!(name_of(word), "bash" | "sh" | "dash" | "zsh");
        words.first().filter(|word| is_shell(word))?;
        let code = words.get_mut(2)?;
        *code = (self.change)(code, material, random)?;
        (words.get(1)? == "-c").then(|| serde_json::to_string(&words).ok())?
    }
}
