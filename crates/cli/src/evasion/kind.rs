//! The attacks there are on each kind of event.

use std::sync::Arc;

use ringtrue_attack::artefact::{Attack, Declaration, command, mail, session, url};
use ringtrue_core::Kind;

use crate::failure::{Failure, Outcome};

/// Attacks on artefacts of one kind.
pub(crate) enum Attacks {
    /// On what is a text: URLs, commands, sessions.
    Text(Vec<&'static dyn Attack<str>>),
    /// On mails as they were received.
    Mail(Vec<&'static dyn Attack<Arc<mail::Post>>>),
}

impl Attacks {
    /// Returns those on a kind whose names are among `only`, or all of them.
    pub(crate) fn of(kind: Kind, only: &[String]) -> Outcome<Self> {
        let all = match kind {
            Kind::Url => Self::Text(url::all().to_vec()),
            Kind::Command => Self::Text(command::all().to_vec()),
            Kind::Session => Self::Text(session::all().to_vec()),
            Kind::Email => Self::Mail(mail::all().to_vec()),
            Kind::Table => Self::Text(Vec::new()),
        };
        let names: Vec<&str> = all.declarations().map(|attack| attack.name).collect();
        if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
            return Err(
                Failure::new(format!("there is no attack of this name: {unknown}")).hint(format!(
                    "on a {} there are {}",
                    kind.noun(),
                    names.join(", ")
                )),
            );
        }
        let is_meant =
            |attack: &Declaration| only.is_empty() || only.iter().any(|name| name == attack.name);
        Ok(match all {
            Self::Text(attacks) => Self::Text(
                attacks
                    .into_iter()
                    .filter(|attack| is_meant(attack.declaration()))
                    .collect(),
            ),
            Self::Mail(attacks) => Self::Mail(
                attacks
                    .into_iter()
                    .filter(|attack| is_meant(attack.declaration()))
                    .collect(),
            ),
        })
    }

    /// Returns what they are.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = &'static Declaration> {
        let (texts, mails) = match self {
            Self::Text(attacks) => (attacks.as_slice(), &[][..]),
            Self::Mail(attacks) => (&[][..], attacks.as_slice()),
        };
        let texts = texts.iter().map(|attack| attack.declaration());
        texts.chain(mails.iter().map(|attack| attack.declaration()))
    }
}
