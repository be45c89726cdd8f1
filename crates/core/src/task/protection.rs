//! What a task's privacy rules come to: whether secrets are masked, who may see a field, what has been kept
//! for long enough, and which parts of a mail are rewritten.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::content::Task;
use super::names::{around, same_name};
use super::words::{PrivacyRule, Reader, Reveal, Secrets};
use crate::event::{Event, Kind};
use crate::time::EventTime;

/// A part of a mail that a privacy rule can name under `[privacy.fields]`, beside the field that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailPart {
    /// Senders: `From`, `Sender`, `Reply-To`, `Return-Path` and what repeats them.
    From,
    /// Recipients: `To`, `Delivered-To` and what repeats them.
    To,
    /// Those who got a copy: `Cc` and `Bcc`.
    Cc,
    /// The subject.
    Subject,
    /// Everything below the headers.
    Body,
    /// Every address, wherever it stands.
    Addresses,
}

impl MailPart {
    /// Every part.
    pub const ALL: [Self; 6] = [
        Self::From,
        Self::To,
        Self::Cc,
        Self::Subject,
        Self::Body,
        Self::Addresses,
    ];

    /// Returns the name under which a rule stands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::From => "raw.from",
            Self::To => "raw.to",
            Self::Cc => "raw.cc",
            Self::Subject => "raw.subject",
            Self::Body => "raw.body",
            Self::Addresses => "raw.addresses",
        }
    }

    /// Returns the rules that mean something for this part, in words; keeping always does.
    #[must_use]
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::From | Self::To | Self::Cc => "hash, drop or keep",
            Self::Subject | Self::Body => "tokenise, drop or keep",
            Self::Addresses => "hash or keep",
        }
    }

    /// Returns whether `rule` means something for this part.
    #[must_use]
    pub const fn takes(self, rule: PrivacyRule) -> bool {
        matches!(
            (self, rule),
            (_, PrivacyRule::Keep)
                | (
                    Self::From | Self::To | Self::Cc,
                    PrivacyRule::Hash | PrivacyRule::Drop
                )
                | (
                    Self::Subject | Self::Body,
                    PrivacyRule::Tokenise | PrivacyRule::Drop
                )
                | (Self::Addresses, PrivacyRule::Hash)
        )
    }

    /// Returns the part of this name, in any case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|part| same_name(part.name(), name))
    }
}

/// Returns whether events of this kind are mails, with the message in the field `raw`.
#[must_use]
pub(super) fn holds_mail(kind: Kind) -> bool {
    kind == Kind::Email
}

/// How much of an event is still to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// All of it.
    Nothing,
    /// Some fields were over their days and are gone, this many.
    Fields(usize),
    /// Nothing: the event is over its days.
    Event,
}

impl Task {
    /// Returns whether passwords, keys and tokens inside texts are masked: as the task says, else for all
    /// kinds but URLs and tables.
    #[must_use]
    pub fn masks_secrets(&self) -> bool {
        match self.privacy.secrets {
            Some(secrets) => secrets == Secrets::Mask,
            None => !matches!(self.kind, Kind::Url | Kind::Table),
        }
    }

    /// Returns whether any rule makes pseudonyms, so that what is trained under one key says nothing of
    /// events that are read under another.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        let rules = self.privacy.fields.values().chain([&self.privacy.default]);
        rules.into_iter().any(|rule| rule.needs_key())
    }

    /// Returns the rule for a part of a mail; `None` for tasks of another kind.
    #[must_use]
    pub fn mail_rule(&self, part: MailPart) -> Option<PrivacyRule> {
        let rules = &self.privacy.fields;
        let named = || {
            let mut named = rules.iter();
            named.find(|(name, _)| same_name(name, part.name()))
        };
        holds_mail(self.kind).then(|| named().map_or(PrivacyRule::Keep, |(_, rule)| *rule))
    }

    /// Returns to whom the values of `field` may be shown: what the task says of it or of the object around
    /// it, else everybody.
    #[must_use]
    pub fn reveal_of(&self, field: &str) -> Reveal {
        nearest(&self.privacy.reveal, field).unwrap_or_default()
    }

    /// Returns whether `reader` may be shown the values of `field`.
    #[must_use]
    pub fn reveals(&self, field: &str, reader: Option<Reader>) -> bool {
        self.reveal_of(field).admits(reader)
    }

    /// Returns when the first part of `event`, which happened at `time`, will have been kept for long enough; `None` if it is kept for ever.
    #[must_use]
    pub fn expires_first(&self, event: &Event, time: EventTime) -> Option<EventTime> {
        let retention = &self.privacy.retention;
        let days_of = |name: &str| nearest(&retention.fields, name);
        let fields = event.fields.iter().filter_map(|field| days_of(&field.name));
        let roles = self.roles_of(event).into_iter();
        let roles = roles.filter_map(|(role, name)| days_of(name).filter(|_| role.is_some()));
        let days = fields.chain(roles).chain(retention.days).min()?;
        Some(time.plus_days(i64::from(days)))
    }

    /// Returns the roles of an event, each under the name that the task gives it.
    fn roles_of<'a>(&'a self, event: &'a Event) -> [(&'a Option<Arc<str>>, &'a str); 3] {
        let columns = &self.columns;
        let name = |column: &'a Option<String>, usual| column.as_deref().unwrap_or(usual);
        [
            (&event.source, name(&columns.source, "source")),
            (&event.group, name(&columns.group, "group")),
            (&event.family, name(&columns.family, "family")),
        ]
    }

    /// Takes from `event` the fields that have been kept for long enough at `now`, and says whether all of it
    /// has. What has no time is kept: nothing tells how old it is.
    pub fn expire(&self, event: &mut Event, now: EventTime) -> Expiry {
        let retention = &self.privacy.retention;
        let Some(time) = event.time else {
            return Expiry::Nothing;
        };
        let is_over = |days: u32| time.plus_days(i64::from(days)) <= now;
        if retention.days.is_some_and(is_over) {
            return Expiry::Event;
        }
        let before = event.fields.len();
        if !retention.fields.is_empty() {
            let over = |name: &str| nearest(&retention.fields, name).is_some_and(is_over);
            event.fields.retain(|field| !over(&field.name));
            // The roles are fields of the input too, under the names that the task gives them.
            let columns = &self.columns;
            for (role, column, usual) in [
                (&mut event.source, &columns.source, "source"),
                (&mut event.group, &columns.group, "group"),
                (&mut event.family, &columns.family, "family"),
            ] {
                if role.is_some() && over(column.as_deref().unwrap_or(usual)) {
                    *role = None;
                }
            }
        }
        match before - event.fields.len() {
            0 => Expiry::Nothing,
            gone => Expiry::Fields(gone),
        }
    }
}

/// Returns what is said under this name, or else of the nearest object around it.
fn nearest<T: Copy>(said: &BTreeMap<String, T>, name: &str) -> Option<T> {
    around(name).find_map(|part| {
        let mut said = said.iter();
        said.find(|(other, _)| same_name(other, part))
            .map(|(_, value)| *value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Field, Trust, Value};
    use std::sync::Arc;

    fn event(day: Option<i8>) -> Event {
        let field = |name: &str| Field {
            name: Arc::from(name),
            value: Value::Text(Arc::from("x")),
        };
        Event {
            kind: Kind::Table,
            time: day.map(|day| EventTime::from_date(2024, 5, day)),
            label_known: None,
            label: None,
            source: Some(Arc::from("proxy")),
            trust: Trust::Own,
            family: None,
            group: None,
            fields: vec![field("user.name"), field("bytes")],
        }
    }

    #[test]
    fn what_was_kept_for_long_enough_goes() {
        let mut task = Task::assumed(Kind::Table);
        let now = EventTime::from_date(2024, 5, 20);
        let expire = |task: &Task, day: Option<i8>| {
            let mut event = event(day);
            (
                task.expire(&mut event, now),
                event.fields.len(),
                event.source.is_some(),
            )
        };
        assert_eq!(expire(&task, Some(1)), (Expiry::Nothing, 2, true));
        task.privacy.retention.days = Some(10);
        assert_eq!(expire(&task, Some(10)).0, Expiry::Event);
        assert_eq!(expire(&task, Some(11)).0, Expiry::Nothing);
        assert_eq!(expire(&task, None).0, Expiry::Nothing);
        let days = [("User", 5), ("source", 5)].map(|(name, days)| (name.to_owned(), days));
        task.privacy.retention.fields.extend(days);
        assert_eq!(expire(&task, Some(12)), (Expiry::Fields(1), 1, false));
        assert_eq!(expire(&task, Some(16)), (Expiry::Nothing, 2, true));
    }

    #[test]
    fn a_field_is_shown_to_those_who_may_see_it() {
        let mut task = Task::assumed(Kind::Table);
        let said = [("user", Reveal::Analyst), ("user.id", Reveal::Nobody)];
        let said = said.map(|(name, to)| (name.to_owned(), to));
        task.privacy.reveal.extend(said);
        let analyst = Some(Reader::Analyst);
        assert!(task.reveals("User.name", analyst) && !task.reveals("user.name", None));
        assert!(!task.reveals("user.ID", analyst) && task.reveals("bytes", None));
        assert!(!task.reveals("user", Some(Reader::DataScientist)));
    }
}
