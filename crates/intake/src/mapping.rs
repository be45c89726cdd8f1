//! Which column is what: as the task says, else by the names the field uses, each guess printed.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringtrue_core::task::{PrivacyRule, same_name};
use ringtrue_core::{Kind, Task};

/// What a column can be beside evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The input's own name for an event.
    Id,
    /// When it happened.
    Time,
    /// What somebody decided.
    Label,
    /// When the label became known.
    LabelKnown,
    /// Where it was seen or collected.
    Source,
    /// Its family.
    Family,
    /// What belongs together.
    Group,
    /// The evidence of its kind: the URL, the mail, the command or commands.
    Evidence,
    /// Who did it.
    User,
    /// On which machine.
    Host,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::Id,
        Self::Time,
        Self::Label,
        Self::LabelKnown,
        Self::Source,
        Self::Family,
        Self::Group,
        Self::Evidence,
        Self::User,
        Self::Host,
    ];

    /// The names by which a column is recognised without a task, the likeliest first.
    pub(crate) const fn usual_names(self, kind: Kind) -> &'static [&'static str] {
        match self {
            Self::Id => &["id", "event_id"],
            Self::Time => &[
                "first_seen",
                "time",
                "timestamp",
                "date",
                "datetime",
                "event_time",
            ],
            Self::Label => &[
                "label",
                "class",
                "is_malicious",
                "malicious",
                "verdict_label",
            ],
            Self::LabelKnown => &["label_known", "label_time", "labelled_at"],
            Self::Source => &["source", "feed"],
            Self::Family => &["family", "kind"],
            Self::Group => &["group", "campaign", "customer"],
            Self::Evidence => match kind {
                Kind::Url => &["url", "uri", "link"],
                Kind::Email => &["raw", "message", "mail", "eml"],
                Kind::Command => &[
                    "command",
                    "command_line",
                    "commandline",
                    "cmdline",
                    "cmd",
                    "argv",
                ],
                Kind::Session => &["commands", "session_commands"],
                Kind::Table => &[],
            },
            Self::User if kind.has_actor() => &["user", "user_name", "username"],
            Self::Host if kind.has_actor() => &["host", "hostname", "sensor"],
            Self::User | Self::Host => &[],
        }
    }

    /// Returns what the role is called for events of a kind.
    #[must_use]
    pub const fn called(self, kind: Kind) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Time => "time",
            Self::Label => "label",
            Self::LabelKnown => "time at which the label became known",
            Self::Source => "source",
            Self::Family => "family",
            Self::Group => "group",
            Self::Evidence => kind.noun(),
            Self::User => "user",
            Self::Host => "host",
        }
    }

    /// Returns whether events of a kind have this role at all.
    const fn is_of(self, kind: Kind) -> bool {
        match self {
            Self::Evidence => kind.evidence().is_some(),
            Self::User | Self::Host => kind.has_actor(),
            _ => true,
        }
    }

    /// Returns the name of the field that a column in this role becomes, whatever the column is called.
    pub(crate) const fn field_name(self, kind: Kind) -> Option<&'static str> {
        match self {
            Self::Evidence => kind.evidence(),
            Self::User => Some("user"),
            Self::Host => Some("host"),
            _ => None,
        }
    }

    pub(crate) fn stated(self, task: &Task) -> Option<&str> {
        let columns = &task.columns;
        match self {
            Self::Id => columns.id.as_deref(),
            Self::Time => columns.time.as_deref(),
            Self::Label => columns.label.as_deref(),
            Self::LabelKnown => columns.label_known.as_deref(),
            Self::Source => columns.source.as_deref(),
            Self::Family => columns.family.as_deref(),
            Self::Group => columns.group.as_deref(),
            Self::Evidence => columns.evidence.as_deref(),
            Self::User => columns.user.as_deref(),
            Self::Host => columns.host.as_deref(),
        }
    }
}

/// Where each role stands among the columns of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    places: [Option<usize>; Role::ALL.len()],
    /// The roles that were recognised by name, with the column's name.
    pub recognised: BTreeSet<(Role, Arc<str>)>,
}

/// Whether an input must have the columns that a task names and that are not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    /// It must: what is kept or learned from without them would be misread.
    Needed,
    /// It need not: what is scored is often bare, such as a single mail.
    Optional,
}

/// The columns do not hold what is needed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MappingError {
    /// The task names a column that the input lacks.
    #[error("the input lacks the column `{column}`, which the task names as {role}")]
    Absent {
        /// The column's name.
        column: String,
        /// What it was to be.
        role: &'static str,
        /// The columns that are there.
        there: String,
    },
    /// No column was recognised as something that is needed.
    #[error("no column is recognised as the {role}")]
    Unrecognised {
        /// What is needed.
        role: &'static str,
        /// The columns that are there.
        there: String,
    },
    /// The privacy rules leave nothing of the evidence to compute signals from.
    #[error("the privacy rules leave nothing of the column that is the {evidence}: `{column}`")]
    EvidenceNotKept {
        /// The column's name.
        column: String,
        /// What it holds.
        evidence: &'static str,
    },
    /// A pseudonym of a time is no time.
    #[error("the privacy rules make a pseudonym of the {role}, which is no time: `{column}`")]
    TimeHashed {
        /// The column's name.
        column: String,
        /// Which time it is.
        role: &'static str,
    },
}

impl MappingError {
    /// Returns what the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Absent { there, .. } => format!("the input's columns are: {there}"),
            Self::Unrecognised { role, there } => {
                format!(
                    "name the {role} under `[columns]` of a task.toml; the input's columns are: {there}"
                )
            }
            Self::EvidenceNotKept { column, .. } => {
                format!("write `\"{column}\" = \"keep\"` under `[privacy.fields]` of the task")
            }
            Self::TimeHashed { column, .. } => format!(
                "write `\"{column}\" = \"drop\"`, or \"truncate 10\" to keep the day, under `[privacy.fields]` of the task"
            ),
        }
    }
}

impl Mapping {
    /// Finds the roles among `columns`; those in `needed` must be there.
    ///
    /// # Errors
    ///
    /// [`MappingError::Absent`] if the task names a column that is not there,
    /// [`MappingError::Unrecognised`] if a needed role has no column,
    /// [`MappingError::EvidenceNotKept`] and [`MappingError::TimeHashed`] if the privacy rules leave
    /// nothing of a column that makes an event.
    pub fn resolve(
        columns: &[Arc<str>],
        task: &Task,
        needed: &[Role],
    ) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        mapping.extend(columns, task);
        mapping.check(columns, task, needed, Stated::Needed)?;
        Ok(mapping)
    }

    /// Finds the roles that have no column yet among `columns`: an input whose columns come bit by bit
    /// has each role in one column from its first row to its last.
    pub fn extend(&mut self, columns: &[Arc<str>], task: &Task) {
        let position = |name: &str| columns.iter().position(|column| same_name(column, name));
        for (role, place) in Role::ALL.into_iter().zip(&mut self.places) {
            if place.is_some() || !role.is_of(task.kind) {
                continue;
            }
            if let Some(name) = role.stated(task) {
                *place = position(name);
            } else if let Some(found) = role
                .usual_names(task.kind)
                .iter()
                .find_map(|name| position(name))
            {
                *place = Some(found);
                let name = columns.get(found).cloned().unwrap_or_else(|| Arc::from(""));
                self.recognised.insert((role, name));
            }
        }
    }

    /// Returns the columns from the position `from` on that bear a usual name of a role that was
    /// recognised elsewhere, with the role: they came too late and are fields.
    #[must_use]
    pub fn passed_over(
        &self,
        columns: &[Arc<str>],
        from: usize,
        kind: Kind,
    ) -> Vec<(Role, Arc<str>)> {
        let late = columns.get(from..).unwrap_or_default();
        let is_recognised = |role: Role| self.recognised.iter().any(|(other, _)| *other == role);
        let mut found = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| is_recognised(*role)) {
            let place = self.place(role).and_then(|place| columns.get(place));
            let bears = |column: &&Arc<str>| {
                let mut names = role.usual_names(kind).iter();
                Some(*column) != place && names.any(|name| same_name(column, name))
            };
            found.extend(late.iter().filter(bears).map(|it| (role, Arc::clone(it))));
        }
        found
    }

    /// Checks that the roles in `needed` and the columns that the task names are there, and that the
    /// privacy rules leave of them what makes an event. An input whose columns come bit by bit is
    /// checked at its end.
    ///
    /// # Errors
    ///
    /// Those of [`Mapping::resolve`].
    pub fn check(
        &self,
        columns: &[Arc<str>],
        task: &Task,
        needed: &[Role],
        stated: Stated,
    ) -> Result<(), MappingError> {
        for role in Role::ALL {
            let is_needed = needed.contains(&role);
            if self.place(role).is_some() || !role.is_of(task.kind) {
                self.check_privacy(role, columns, task)?;
            } else if let Some(column) = role.stated(task)
                && (is_needed || (role != Role::Label && stated == Stated::Needed))
            {
                let (column, there) = (column.to_owned(), columns.join(", "));
                return Err(MappingError::Absent {
                    column,
                    role: role.called(task.kind),
                    there,
                });
            } else if is_needed {
                let (role, there) = (role.called(task.kind), columns.join(", "));
                return Err(MappingError::Unrecognised { role, there });
            }
        }
        Ok(())
    }

    fn check_privacy(
        &self,
        role: Role,
        columns: &[Arc<str>],
        task: &Task,
    ) -> Result<(), MappingError> {
        let Some(column) = self.place(role).and_then(|place| columns.get(place)) else {
            return Ok(());
        };
        let column = column.to_string();
        match role {
            Role::Evidence => match task.privacy_of(&column) {
                PrivacyRule::Drop | PrivacyRule::Hash | PrivacyRule::Tokenise => {
                    let evidence = task.kind.noun();
                    Err(MappingError::EvidenceNotKept { column, evidence })
                }
                PrivacyRule::Truncate(_) | PrivacyRule::Keep => Ok(()),
            },
            Role::Time | Role::LabelKnown
                if task
                    .named_privacy(&column)
                    .is_some_and(PrivacyRule::needs_key) =>
            {
                let role = role.called(task.kind);
                Err(MappingError::TimeHashed { column, role })
            }
            _ => Ok(()),
        }
    }

    /// Returns the column of a role.
    #[must_use]
    pub fn place(&self, role: Role) -> Option<usize> {
        let index = Role::ALL.iter().position(|other| *other == role)?;
        self.places.get(index).copied().flatten()
    }

    /// Returns whether a column is evidence: a field of the event rather than a role of its own. The
    /// URL is both.
    #[must_use]
    pub fn is_evidence(&self, column: usize) -> bool {
        Role::ALL.iter().zip(&self.places).all(|(role, place)| {
            *place != Some(column) || {
                matches!(role, Role::Evidence | Role::User | Role::Host | Role::Id)
            }
        })
    }
}

/// Returns what kind of events a table with these columns holds, judged by its columns' names. A column that could also be
/// evidence of another kind (`message`, `cmd`, ...) decides nothing: only the kind's own name does, and the usual names of URLs.
#[must_use]
pub fn guess_kind(columns: &[Arc<str>]) -> Kind {
    let has = |name: &str| {
        columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name))
    };
    let is_of = |kind: &Kind| match kind {
        Kind::Url => Role::Evidence
            .usual_names(*kind)
            .iter()
            .any(|name| has(name)),
        Kind::Email => has("raw"),
        Kind::Command => has("command"),
        Kind::Session => has("commands"),
        Kind::Table => true,
    };
    Kind::ALL.into_iter().find(is_of).unwrap_or(Kind::Table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<Arc<str>> {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    #[test]
    fn usual_names_are_recognised_in_any_case() {
        let columns = columns(&["URL", "Label", "kind", "first_seen", "note"]);
        let mapping =
            Mapping::resolve(&columns, &Task::assumed(Kind::Url), &[Role::Label]).unwrap();
        assert_eq!(mapping.place(Role::Evidence), Some(0));
        assert_eq!(mapping.place(Role::Family), Some(2));
        assert_eq!(mapping.place(Role::Source), None);
        let evidence: Vec<usize> = (0..5)
            .filter(|column| mapping.is_evidence(*column))
            .collect();
        assert_eq!(evidence, [0, 4]);
    }

    #[test]
    fn what_the_task_names_must_be_there() {
        let mut task = Task::assumed(Kind::Table);
        task.columns.time = Some("when".to_owned());
        let error = Mapping::resolve(&columns(&["a", "time"]), &task, &[]).unwrap_err();
        assert_eq!(error.hint(), "the input's columns are: a, time");
        let bare = Mapping::default();
        let there = columns(&["a"]);
        assert!(bare.check(&there, &task, &[], Stated::Needed).is_err());
        assert_eq!(bare.check(&there, &task, &[], Stated::Optional), Ok(()));
        let error = Mapping::resolve(
            &columns(&["a"]),
            &Task::assumed(Kind::Table),
            &[Role::Label],
        );
        assert!(matches!(
            error,
            Err(MappingError::Unrecognised { role: "label", .. })
        ));
    }

    #[test]
    fn a_role_stays_in_its_column_when_likelier_ones_come() {
        let task = Task::assumed(Kind::Table);
        let mut mapping = Mapping::default();
        mapping.extend(&columns(&["date", "a"]), &task);
        assert!(
            mapping
                .check(
                    &columns(&["date", "a"]),
                    &task,
                    &[Role::Label],
                    Stated::Needed
                )
                .is_err()
        );
        let all = columns(&["date", "a", "first_seen", "class"]);
        mapping.extend(&all, &task);
        assert_eq!(mapping.place(Role::Time), Some(0));
        assert_eq!(mapping.place(Role::Label), Some(3));
        assert!(mapping.is_evidence(2));
        let late = [(Role::Time, Arc::from("first_seen"))];
        assert_eq!(mapping.passed_over(&all, 2, Kind::Table), late);
        assert_eq!(mapping.passed_over(&all, 4, Kind::Table), []);
        assert_eq!(
            mapping.check(&all, &task, &[Role::Label], Stated::Needed),
            Ok(())
        );
    }

    #[test]
    fn privacy_rules_leave_what_makes_an_event() {
        let columns = columns(&["Link", "Date", "label"]);
        let mut task = Task::assumed(Kind::Url);
        let resolve = |task: &Task| Mapping::resolve(&columns, task, &[]).map(drop);
        for (name, rule, expected) in [
            ("link", PrivacyRule::Drop, false),
            ("link", PrivacyRule::Truncate(9), true),
            ("date", PrivacyRule::Hash, false),
            ("date", PrivacyRule::Drop, true),
        ] {
            task.privacy.fields.clear();
            task.privacy.fields.insert(name.to_owned(), rule);
            assert_eq!(resolve(&task).is_ok(), expected, "{name} {rule}");
        }
        task.privacy.fields.clear();
        task.privacy.default = PrivacyRule::Hash;
        let (column, evidence) = ("Link".to_owned(), "URL");
        assert_eq!(
            resolve(&task),
            Err(MappingError::EvidenceNotKept { column, evidence })
        );
        task.privacy
            .fields
            .insert("LINK".to_owned(), PrivacyRule::Keep);
        assert_eq!(resolve(&task), Ok(()), "the default is not for the time");
    }

    #[test]
    fn kinds_are_guessed_by_the_column_of_the_evidence() {
        assert_eq!(guess_kind(&columns(&["id", "RAW", "enc"])), Kind::Email);
        assert_eq!(guess_kind(&columns(&["command", "user"])), Kind::Command);
        assert_eq!(guess_kind(&columns(&["commands"])), Kind::Session);
        assert_eq!(guess_kind(&columns(&["message", "cmd"])), Kind::Table);
        assert_eq!(guess_kind(&columns(&["a", "Url"])), Kind::Url);
        assert_eq!(guess_kind(&columns(&["a", "b"])), Kind::Table);
    }
}
