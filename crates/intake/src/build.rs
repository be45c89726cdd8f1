//! From a record to an event: roles, label, times, trust, and the privacy rules, which act here,
//! before anything is kept.

use std::borrow::Cow;
use std::sync::Arc;

use ringtrue_core::task::PrivacyRule;
use ringtrue_core::time::Zone;
use ringtrue_core::{Cell, Event, EventTime, Kind, Limits, PseudonymKey, Task, View};

use crate::mapping::{Mapping, Role};
use crate::packed::{self, Written, unpack};
use crate::privacy::mail::MailRules;
use crate::secret::mask;
use crate::source::Record;

/// A record that is no event, with its reason and what of it may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why, as a fragment.
    pub reason: String,
    /// Its fields after the privacy rules, as a JSON object; one that is over its limit is cut, and ends
    /// in a mark.
    pub content: String,
}

/// Turns the records of one input into events.
pub struct EventBuilder<'a> {
    task: &'a Task,
    key: PseudonymKey,
    masks_secrets: bool,
    mail: Option<MailRules>,
    /// The column that says how the mail beside it is written.
    encoding: Option<usize>,
    latest: EventTime,
    columns: Arc<[Arc<str>]>,
    mapping: Mapping,
    rules: Vec<PrivacyRule>,
    /// The columns that become fields, and their rules.
    kept: Vec<(usize, PrivacyRule)>,
    /// The names of those fields.
    names: Arc<[Arc<str>]>,
    content_bytes_max: usize,
    zones: std::cell::Cell<[u64; 2]>,
}

/// Days by which an event may lie ahead of the clock: time zones and clocks that run fast.
const DAYS_AHEAD: i64 = 2;
/// Characters of a value that a reason quotes.
const QUOTED_CHARACTERS: usize = 80;
/// Marks what was cut.
const CUT: &str = "...";

impl<'a> EventBuilder<'a> {
    /// Starts a builder for records under `columns`. `key` makes pseudonyms of private fields; `now` is
    /// when the input is read: an event far later than that is refused.
    #[must_use]
    pub fn new(
        task: &'a Task,
        key: PseudonymKey,
        now: EventTime,
        columns: Arc<[Arc<str>]>,
        mapping: Mapping,
        limits: &Limits,
    ) -> Self {
        let rules: Vec<PrivacyRule> = columns.iter().map(|name| task.privacy_of(name)).collect();
        let is_encoding = |name: &Arc<str>| task.kind == Kind::Email && **name == *packed::FIELD;
        let encoding = columns.iter().position(is_encoding);
        let is_kept = |(column, rule): &(usize, PrivacyRule)| {
            mapping.is_evidence(*column)
                && (*rule != PrivacyRule::Drop || encoding == Some(*column))
        };
        let numbered = rules.iter().copied().enumerate();
        let kept: Vec<(usize, PrivacyRule)> = numbered.filter(is_kept).collect();
        let names = kept.iter().filter_map(|(column, _)| {
            let name = columns.get(*column)?;
            Some(field_name(&mapping, task.kind, *column, name))
        });
        Self {
            task,
            key,
            masks_secrets: task.masks_secrets(),
            mail: MailRules::of(task),
            encoding,
            latest: now.plus_days(DAYS_AHEAD),
            names: names.collect(),
            columns,
            mapping,
            rules,
            kept,
            content_bytes_max: limits.set_aside_bytes_max,
            zones: std::cell::Cell::default(),
        }
    }

    /// Returns the names of the fields that its events have.
    #[must_use]
    pub const fn names(&self) -> &Arc<[Arc<str>]> {
        &self.names
    }

    /// Returns how many times stated their zone, and for how many UTC was assumed.
    #[must_use]
    pub const fn zones(&self) -> [u64; 2] {
        self.zones.get()
    }

    /// Makes an event of a record.
    ///
    /// # Errors
    ///
    /// Those of [`EventBuilder::view`].
    pub fn build(&self, record: &Record) -> Result<Event, Refused> {
        let cells: Vec<Cell<'_>> = record.values.iter().map(Cell::from).collect();
        self.view(&cells).map(|view| view.event())
    }

    /// Looks at a record as an event, without keeping it.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the evidence is missing, a time does not read or lies in the future, or the
    /// label is not mapped.
    pub fn view<'r>(&'r self, cells: &'r [Cell<'_>]) -> Result<View<'r>, Refused> {
        self.try_view(cells).map_err(|reason| Refused {
            reason,
            content: self.content(cells),
        })
    }

    fn try_view<'r>(&'r self, cells: &'r [Cell<'_>]) -> Result<View<'r>, String> {
        let text = |role| self.role(cells, role).and_then(Cell::text);
        if self.task.kind != Kind::Table && text(Role::Evidence).is_none() {
            return Err(format!("no {} stands there", self.task.kind.noun()));
        }
        if self.written(cells) == Written::Base64 {
            let raw = text(Role::Evidence);
            if raw.is_none_or(|raw| unpack(&raw).is_none()) {
                return Err(format!(
                    "the mail is no Base64, though `{}` says so",
                    packed::FIELD
                ));
            }
        }
        let label = match text(Role::Label) {
            None => None,
            Some(word) => Some(self.task.label_of(&word).ok_or_else(|| {
                format!("the label is not mapped{}", self.quoted(Role::Label, &word))
            })?),
        };
        let time = self.time(cells, Role::Time)?;
        let label_known = self.time(cells, Role::LabelKnown)?;
        let source = self.kept_role(cells, Role::Source);
        let trust = self.task.trust_of(text(Role::Source).as_deref());
        Ok(View {
            kind: self.task.kind,
            time,
            label_known,
            label,
            trust,
            source,
            family: self.kept_role(cells, Role::Family),
            group: self.kept_role(cells, Role::Group),
            names: &self.names,
            cells: self.fields(cells),
        })
    }

    fn role<'r, 'c>(&self, cells: &'r [Cell<'c>], role: Role) -> Option<&'r Cell<'c>> {
        cells.get(self.mapping.place(role)?)
    }

    fn kept_role<'r>(&self, cells: &'r [Cell<'_>], role: Role) -> Option<Cow<'r, str>> {
        let place = self.mapping.place(role)?;
        let cell = cells.get(place)?;
        match self.redact(cell, *self.rules.get(place)?)? {
            Cell::Text(text) => Some(text),
            other => other.text().map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// Returns a value's end of a message; nothing of a column whose values are not kept as they are.
    fn quoted(&self, role: Role, text: &str) -> String {
        let privacy = self.mapping.place(role).and_then(|at| self.rules.get(at));
        match privacy {
            Some(PrivacyRule::Keep) => {
                let text = &*self.masked(text);
                let mark = text.chars().nth(QUOTED_CHARACTERS).map_or("", |_| CUT);
                format!(": `{}{mark}`", first(text, QUOTED_CHARACTERS))
            }
            _ => String::new(),
        }
    }

    /// Returns the rule that the task names for a time; the default is for fields.
    fn time_rule(&self, role: Role) -> PrivacyRule {
        let column = self.mapping.place(role).and_then(|at| self.columns.get(at));
        let named = column.and_then(|column| self.task.named_privacy(column));
        named.unwrap_or(PrivacyRule::Keep)
    }

    fn time(&self, cells: &[Cell<'_>], role: Role) -> Result<Option<EventTime>, String> {
        let privacy = self.time_rule(role);
        if privacy == PrivacyRule::Drop || privacy.needs_key() {
            return Ok(None);
        }
        let Some(text) = self.role(cells, role).and_then(Cell::text) else {
            return Ok(None);
        };
        let (time, zone) = EventTime::parse(&text)
            .map_err(|_| format!("not a time{}", self.quoted(role, &text)))?;
        if time > self.latest {
            return Err(format!("a time in the future{}", self.quoted(role, &text)));
        }
        let [stated, assumed] = self.zones.get();
        self.zones.set(if zone == Zone::Stated {
            [stated.saturating_add(1), assumed]
        } else {
            [stated, assumed.saturating_add(1)]
        });
        Ok(match privacy {
            PrivacyRule::Truncate(characters) => time.cut(characters),
            _ => Some(time),
        })
    }

    /// Returns how the mail of a record is written.
    fn written(&self, cells: &[Cell<'_>]) -> Written {
        let encoding = self.encoding.and_then(|column| cells.get(column));
        let text = encoding.and_then(Cell::text);
        Written::of(text.as_deref())
    }

    fn fields<'r>(&self, cells: &'r [Cell<'_>]) -> Vec<Cell<'r>> {
        let written = self.written(cells);
        let mut fields = Vec::with_capacity(self.kept.len());
        for (column, rule) in &self.kept {
            let Some(cell) = cells.get(*column) else {
                break;
            };
            let field = self.redact_field(*column, cell, *rule, written);
            fields.push(field.unwrap_or(Cell::Missing));
        }
        fields
    }

    /// Applies the rules for the parts of a mail, then the one for the field. A mail that is rewritten is plain;
    /// how another is written stays told, whatever the rules say: without that it is no mail.
    fn redact_field<'r>(
        &self,
        column: usize,
        cell: &'r Cell<'_>,
        rule: PrivacyRule,
        written: Written,
    ) -> Option<Cell<'r>> {
        let Some(mail) = self.mail else {
            return self.redact(cell, rule);
        };
        let is_evidence = self.mapping.place(Role::Evidence) == Some(column);
        let is_encoding = self.encoding == Some(column);
        match (cell, rule, written) {
            (Cell::Text(raw), PrivacyRule::Keep, _) if is_evidence => {
                Some(Cell::Text(Cow::Owned(match written {
                    Written::Plain => mail.rewrite(raw, &self.key),
                    Written::Base64 => mail.rewrite_packed(raw, &self.key),
                })))
            }
            (_, _, Written::Base64) if is_encoding => Some(if mail.is_nothing() {
                Cell::Text(Cow::Borrowed(packed::BASE64))
            } else {
                Cell::Missing
            }),
            _ => self.redact(cell, rule),
        }
    }

    /// Applies a privacy rule; `None` means that the field is dropped.
    fn redact<'r>(&self, cell: &'r Cell<'_>, rule: PrivacyRule) -> Option<Cell<'r>> {
        let text = match (rule, cell) {
            (PrivacyRule::Drop, _) => return None,
            (PrivacyRule::Keep, Cell::Text(text)) => return Some(Cell::Text(self.masked(text))),
            (PrivacyRule::Keep, _) | (_, Cell::Missing) => return Some(cell.borrowed()),
            (_, cell) => cell.text()?,
        };
        Some(Cell::Text(Cow::Owned(match rule {
            PrivacyRule::Truncate(characters) => first(&self.masked(&text), characters),
            PrivacyRule::Tokenise => self.key.tokenise(&text),
            _ => self.key.of_value(&text),
        })))
    }

    /// Masks the secrets in a text, unless the task keeps them.
    fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.masks_secrets {
            mask(text, &self.key)
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Returns a record's fields as a JSON object, after the privacy rules.
    fn content(&self, cells: &[Cell<'_>]) -> String {
        let mut object = serde_json::Map::new();
        let written = self.written(cells);
        let ruled = self.columns.iter().zip(cells).zip(&self.rules).enumerate();
        for (column, ((name, cell), rule)) in ruled {
            let cell = self.redact_field(column, cell, *rule, written);
            if let Some(text) = cell.as_ref().and_then(Cell::text) {
                object.insert(
                    name.to_string(),
                    serde_json::Value::String(text.into_owned()),
                );
            }
        }
        let mut content = serde_json::Value::Object(object).to_string();
        if content.len() > self.content_bytes_max {
            let room = self.content_bytes_max.saturating_sub(CUT.len());
            content.truncate(content.floor_char_boundary(room));
            content.push_str(CUT);
        }
        content
    }
}

/// The evidence, and who did it where, are called so whatever their columns are called.
fn field_name(mapping: &Mapping, kind: Kind, column: usize, name: &Arc<str>) -> Arc<str> {
    let mut roles = [Role::Evidence, Role::User, Role::Host].into_iter();
    let role = roles.find(|role| mapping.place(*role) == Some(column));
    role.and_then(|role| role.field_name(kind))
        .map_or_else(|| Arc::clone(name), Arc::from)
}

fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::task::Secrets;
    use ringtrue_core::{Label, Value};

    fn build(task: &Task, pairs: &[(&str, &str)]) -> Result<Event, Refused> {
        let columns: Arc<[Arc<str>]> = pairs.iter().map(|(name, _)| Arc::from(*name)).collect();
        let mapping = Mapping::resolve(&columns, task, &[]).unwrap();
        let now = EventTime::from_date(2026, 1, 1);
        let values = pairs
            .iter()
            .map(|(_, value)| match *value {
                "" => Value::Missing,
                text => Value::Text(Arc::from(text)),
            })
            .collect();
        let limits = Limits::default();
        EventBuilder::new(
            task,
            PseudonymKey::new([7; 32]),
            now,
            columns,
            mapping,
            &limits,
        )
        .build(&Record { line: 2, values })
    }

    #[test]
    fn roles_become_the_event_s_own() {
        let task = Task::assumed(Kind::Url);
        let event = build(
            &task,
            &[
                ("link", "http://a.example/"),
                ("label", "ham"),
                ("date", "2019-07-01"),
                ("note", "n"),
            ],
        )
        .unwrap();
        assert_eq!(event.label, Some(Label::Benign));
        assert_eq!(event.time, Some(EventTime::from_date(2019, 7, 1)));
        assert_eq!(
            event.value("url").text().as_deref(),
            Some("http://a.example/")
        );
        assert_eq!(event.fields.len(), 2);
    }

    #[test]
    fn what_is_no_event_says_why() {
        let task = Task::assumed(Kind::Url);
        for (pairs, reason) in [
            ([("url", ""), ("label", "0")], "no URL stands there"),
            (
                [("url", "u"), ("label", "maybe")],
                "the label is not mapped: `maybe`",
            ),
            ([("url", "u"), ("time", "soon")], "not a time: `soon`"),
            (
                [("url", "u"), ("time", "2031-01-01")],
                "a time in the future: `2031-01-01`",
            ),
        ] {
            assert_eq!(build(&task, &pairs).unwrap_err().reason, reason);
        }
    }

    fn with_rules(kind: Kind, rules: &[(&str, PrivacyRule)]) -> Task {
        let mut task = Task::assumed(kind);
        let named = rules.iter().map(|(name, rule)| ((*name).to_owned(), *rule));
        task.privacy.fields.extend(named);
        task
    }

    #[test]
    fn a_mail_that_says_base64_and_is_none_is_refused() {
        let task = Task::assumed(Kind::Email);
        for raw in ["From: a@b.example\n\nhello", "YWIxx"] {
            let refused = build(&task, &[("raw", raw), ("enc", "Base64")]).unwrap_err();
            let reason = "the mail is no Base64, though `enc` says so";
            assert_eq!(refused.reason, reason, "{raw}");
        }
        let event = build(&task, &[("raw", "YWIxx"), ("enc", "8bit")]).unwrap();
        assert_eq!(event.value("raw").text().as_deref(), Some("YWIxx"));
    }

    #[test]
    fn a_mail_in_base64_is_rewritten_whatever_it_begins_with() {
        // A line that is no header stands before the others, so that only `enc` tells what the letters are.
        let raw = packed::pack(b"no header\nFrom: Ann <ann@corp.example>\n\nann@corp.example\n");
        let pairs = [("raw", raw.as_str()), ("enc", "base64")];
        let mut task = Task::assumed(Kind::Email);
        task.privacy.secrets = Some(Secrets::Keep);
        let kept = build(&task, &pairs).unwrap();
        assert_eq!(kept.value("raw").text().as_deref(), Some(raw.as_str()));
        assert_eq!(kept.value("enc").text().as_deref(), Some("base64"));
        let task = with_rules(Kind::Email, &[("raw.addresses", PrivacyRule::Hash)]);
        let event = build(&task, &pairs).unwrap();
        let text = event.value("raw").text().unwrap();
        assert!(
            text.starts_with("no header\n") && !text.contains("ann@corp.example"),
            "{text}"
        );
        assert!(
            event.value("enc").is_missing(),
            "what was rewritten is plain"
        );
    }

    #[test]
    fn no_rule_takes_away_how_a_mail_is_written() {
        let mut task = with_rules(Kind::Email, &[("raw", PrivacyRule::Keep)]);
        task.privacy.default = PrivacyRule::Hash;
        task.privacy.secrets = Some(Secrets::Keep);
        let raw = packed::pack(b"Subject: a\n\nb\xff\n");
        let event = build(&task, &[("raw", &raw), ("enc", "base64"), ("note", "x")]).unwrap();
        assert_eq!(event.value("enc").text().as_deref(), Some("base64"));
        assert_ne!(event.value("note").text().as_deref(), Some("x"));
    }

    #[test]
    fn a_rule_holds_in_any_case_and_for_what_is_nested() {
        let rules = [("email", PrivacyRule::Drop), ("USER", PrivacyRule::Hash)];
        let task = with_rules(Kind::Table, &rules);
        let pairs = [("Email", "a@b.example"), ("user.name", "ann"), ("n", "1")];
        let event = build(&task, &pairs).unwrap();
        let names: Vec<&str> = event.fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names, ["user.name", "n"]);
        assert_ne!(event.value("user.name").text().as_deref(), Some("ann"));
    }

    #[test]
    fn times_follow_the_rule_that_names_them() {
        let at = [
            ("Time", "2024-05-17T13:45:59Z"),
            ("label_known", "2024-05-18"),
        ];
        for (rule, expected) in [
            (PrivacyRule::Drop, None),
            (PrivacyRule::Truncate(2), None),
            (PrivacyRule::Truncate(7), Some("2024-05-01T00:00:00Z")),
            (PrivacyRule::Truncate(10), Some("2024-05-17T00:00:00Z")),
            (PrivacyRule::Keep, Some("2024-05-17T13:45:59Z")),
        ] {
            let mut task = with_rules(Kind::Table, &[("time", rule)]);
            task.privacy.default = PrivacyRule::Drop;
            let event = build(&task, &at).unwrap();
            let time = event.time.map(|time| time.to_string());
            assert_eq!(time.as_deref(), expected, "{rule}");
            assert_eq!(event.label_known, Some(EventTime::from_date(2024, 5, 18)));
        }
    }

    #[test]
    fn what_is_kept_of_a_refused_record_has_a_limit() {
        let task = Task::assumed(Kind::Url);
        let long = "h\u{e4}".repeat(1_000_000);
        let refused = build(&task, &[("url", &long), ("label", &long)]).unwrap_err();
        let most = Limits::default().set_aside_bytes_max;
        assert!(refused.content.len() <= most && refused.content.len() > most / 2);
        assert!(refused.content.ends_with(CUT), "{}", refused.content);
        assert!(refused.reason.len() < 300, "{}", refused.reason);
        assert!(refused.reason.ends_with("...`"), "{}", refused.reason);
    }

    #[test]
    fn private_fields_never_come_through() {
        let mut task = Task::assumed(Kind::Table);
        task.privacy
            .fields
            .insert("user".to_owned(), PrivacyRule::Hash);
        task.privacy
            .fields
            .insert("phone".to_owned(), PrivacyRule::Drop);
        task.privacy
            .fields
            .insert("zip".to_owned(), PrivacyRule::Truncate(2));
        let pairs = [
            ("user", "ann"),
            ("phone", "5551234"),
            ("zip", "12345"),
            ("label", "0"),
        ];
        task.privacy
            .fields
            .insert("label".to_owned(), PrivacyRule::Hash);
        let event = build(&task, &pairs).unwrap();
        assert!(event.value("phone").is_missing());
        assert_eq!(event.value("zip").text().as_deref(), Some("12"));
        let pseudonym = PseudonymKey::new([7; 32]).of_value("ann");
        assert_eq!(event.value("user").text().as_deref(), Some(&*pseudonym));
        let refused =
            build(&task, &[pairs[0], pairs[1], pairs[2], ("label", "maybe")]).unwrap_err();
        assert!(!refused.content.contains("ann") && !refused.content.contains("5551234"));
        assert_eq!(refused.reason, "the label is not mapped");
    }

    #[test]
    fn secrets_are_masked_where_the_task_says_so() {
        let mut task = with_rules(Kind::Table, &[("note", PrivacyRule::Tokenise)]);
        let pairs = [
            ("line", "mysql -phunter2 shop"),
            ("note", "Ann, ann"),
            ("label", "0"),
        ];
        let line = |task: &Task| build(task, &pairs).unwrap().value("line").text().unwrap();
        assert_eq!(&*line(&task), "mysql -phunter2 shop");
        task.privacy.secrets = Some(Secrets::Mask);
        assert!(line(&task).starts_with("mysql -p__secret_password_"));
        let event = build(&task, &pairs).unwrap();
        let note = event.value("note").text().unwrap().to_lowercase();
        assert_eq!(note.len(), "Ann, ann".len());
        let (first, second) = note.split_once(", ").unwrap();
        assert!(first == second && first != "ann", "{note}");
        let refused = build(&task, &[pairs[0], ("label", "password=hunter2")]).unwrap_err();
        assert!(!refused.content.contains("hunter2") && !refused.reason.contains("hunter2"));
    }
}
