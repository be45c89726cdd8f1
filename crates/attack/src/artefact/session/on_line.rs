//! An attack on commands, at one line of a session.

use ringtrue_core::random::Random;

use super::form::Form;
use crate::artefact::random::one_of;
use crate::artefact::{Attack, Declaration, Material};

/// The attack.
pub(super) struct OnLine(pub(super) &'static dyn Attack<str>);

impl Attack<str> for OnLine {
    fn declaration(&self) -> &'static Declaration {
        self.0.declaration()
    }

    fn change(&self, artefact: &str, material: &Material, random: &mut Random) -> Option<String> {
        let form = Form::read(artefact);
        let (place, changed) = {
            let (place, command) = one_of(form.commands(), random)?;
            (place, self.0.change(command, material, random)?)
        };
        form.with(place, changed)
    }
}
