//! Benign commands between those of a session, behind a condition that never holds.

use ringtrue_core::random::Random;

use super::form::Form;
use crate::artefact::command::idle_benign;
use crate::artefact::random::one_of;
use crate::artefact::{Attack, Declaration, Material, Verified, minutes};

/// The attack.
pub(super) struct BenignLines;

static DECLARATION: Declaration = Declaration {
    name: "benign-lines",
    meaning: "types harmless commands between the others, which never do anything",
    minutes: minutes::WRITTEN,
    verified: Verified::Execution,
    needs: "",
    taxonomy: "ATLAS AML.T0043 Craft Adversarial Data; NIST AI 100-2 evasion",
};

impl Attack<str> for BenignLines {
    fn declaration(&self) -> &'static Declaration {
        &DECLARATION
    }

    fn change(&self, artefact: &str, material: &Material, random: &mut Random) -> Option<String> {
        let form = Form::read(artefact);
        let place = {
            let commands = form.commands();
            let looks_back =
                |text: &str| text.contains("$?") || text.contains("$_") || text.contains("$!");
            let before = commands.into_iter().filter(|(_, text)| !looks_back(text));
            one_of(before, random)?.0
        };
        form.with_more(place, idle_benign(material, random)?)
    }
}
