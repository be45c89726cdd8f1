//! From a record to an event: roles, label, times, trust, and the privacy rules, which act here,
//! before anything is kept.

use std::borrow::Cow;
use std::sync::Arc;

use ringtrue_core::task::PrivacyRule;
use ringtrue_core::time::Zone;
use ringtrue_core::{Event, EventTime, Field, Kind, Limits, PseudonymKey, Task, Value};

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
    content_bytes_max: usize,
    /// Times that stated their zone, and times for which UTC was assumed.
    pub zones: [u64; 2],
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
        let rules = columns.iter().map(|name| task.privacy_of(name)).collect();
        let is_encoding = |name: &Arc<str>| task.kind == Kind::Email && **name == *packed::FIELD;
        Self {
            task,
            key,
            masks_secrets: task.masks_secrets(),
            mail: MailRules::of(task),
            encoding: columns.iter().position(is_encoding),
            latest: now.plus_days(DAYS_AHEAD),
            columns,
            mapping,
            rules,
            content_bytes_max: limits.set_aside_bytes_max,
            zones: [0; 2],
        }
    }

    /// Returns the names of the fields that its events have.
    pub fn fields_of_events(&self) -> impl Iterator<Item = Arc<str>> + '_ {
        let named = self.columns.iter().zip(&self.rules).enumerate();
        named
            .filter(|(column, (_, rule))| {
                self.mapping.is_evidence(*column) && **rule != PrivacyRule::Drop
            })
            .map(|(column, (name, _))| self.field_name(column, name))
    }

    /// The evidence, and who did it where, are called so whatever their columns are called.
    fn field_name(&self, column: usize, name: &Arc<str>) -> Arc<str> {
        let mut roles = [Role::Evidence, Role::User, Role::Host].into_iter();
        let role = roles.find(|role| self.mapping.place(*role) == Some(column));
        role.and_then(|role| role.field_name(self.task.kind))
            .map_or_else(|| Arc::clone(name), Arc::from)
    }

    /// Makes an event of a record.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the evidence is missing, a time does not read or lies in the future, or the
    /// label is not mapped.
    pub fn build(&mut self, record: &Record) -> Result<Event, Refused> {
        self.try_build(record).map_err(|reason| Refused {
            reason,
            content: self.content(record),
        })
    }

    fn try_build(&mut self, record: &Record) -> Result<Event, String> {
        let text = |role| self.role(record, role).and_then(Value::text);
        if self.task.kind != Kind::Table && text(Role::Evidence).is_none() {
            return Err(format!("no {} stands there", self.task.kind.noun()));
        }
        let raw = text(Role::Evidence);
        if self.written(record) == Written::Base64 && raw.is_none_or(|raw| unpack(&raw).is_none()) {
            return Err(format!(
                "the mail is no Base64, though `{}` says so",
                packed::FIELD
            ));
        }
        let label = match text(Role::Label) {
            None => None,
            Some(word) => Some(self.task.label_of(&word).ok_or_else(|| {
                format!("the label is not mapped{}", self.quoted(Role::Label, &word))
            })?),
        };
        let time = self.time(record, Role::Time)?;
        let label_known = self.time(record, Role::LabelKnown)?;
        let source = self.kept_role(record, Role::Source);
        let trust = self
            .task
            .trust_of(text_of(self.role(record, Role::Source)).as_deref());
        Ok(Event {
            kind: self.task.kind,
            time,
            label_known,
            label,
            trust,
            source,
            family: self.kept_role(record, Role::Family),
            group: self.kept_role(record, Role::Group),
            fields: self.fields(record),
        })
    }

    fn role<'r>(&self, record: &'r Record, role: Role) -> Option<&'r Value> {
        record.values.get(self.mapping.place(role)?)
    }

    fn kept_role(&self, record: &Record, role: Role) -> Option<Arc<str>> {
        let place = self.mapping.place(role)?;
        let value = record.values.get(place)?;
        self.redact(value, self.rules.get(place)?)
            .and_then(|value| value.text())
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

    fn time(&mut self, record: &Record, role: Role) -> Result<Option<EventTime>, String> {
        let privacy = self.time_rule(role);
        if privacy == PrivacyRule::Drop || privacy.needs_key() {
            return Ok(None);
        }
        let Some(text) = self.role(record, role).and_then(Value::text) else {
            return Ok(None);
        };
        let (time, zone) = EventTime::parse(&text)
            .map_err(|_| format!("not a time{}", self.quoted(role, &text)))?;
        if time > self.latest {
            return Err(format!("a time in the future{}", self.quoted(role, &text)));
        }
        let [stated, assumed] = &mut self.zones;
        let count = if zone == Zone::Stated {
            stated
        } else {
            assumed
        };
        *count = count.saturating_add(1);
        Ok(match privacy {
            PrivacyRule::Truncate(characters) => time.cut(characters),
            _ => Some(time),
        })
    }

    /// Returns how the mail of a record is written.
    fn written(&self, record: &Record) -> Written {
        let encoding = self.encoding.and_then(|column| record.values.get(column));
        encoding.map_or(Written::Plain, Written::of)
    }

    fn fields(&self, record: &Record) -> Vec<Field> {
        let written = self.written(record);
        let named = self
            .columns
            .iter()
            .zip(&record.values)
            .zip(&self.rules)
            .enumerate();
        named
            .filter(|(column, _)| self.mapping.is_evidence(*column))
            .filter_map(|(column, ((name, value), rule))| {
                let value = self.redact_field(column, value, rule, written)?;
                let name = self.field_name(column, name);
                Some(Field { name, value })
            })
            .collect()
    }

    /// Applies the rules for the parts of a mail, then the one for the field. A mail that is rewritten is plain;
    /// how another is written stays told, whatever the rules say: without that it is no mail.
    fn redact_field(
        &self,
        column: usize,
        value: &Value,
        rule: &PrivacyRule,
        written: Written,
    ) -> Option<Value> {
        let is_evidence = self.mapping.place(Role::Evidence) == Some(column);
        let is_encoding = self.encoding == Some(column);
        match (self.mail, value, rule, written) {
            (Some(mail), Value::Text(raw), PrivacyRule::Keep, _) if is_evidence => {
                Some(Value::Text(Arc::from(match written {
                    Written::Plain => mail.rewrite(raw, &self.key),
                    Written::Base64 => mail.rewrite_packed(raw, &self.key),
                })))
            }
            (Some(mail), _, _, Written::Base64) if is_encoding => Some(if mail.is_nothing() {
                Value::Text(Arc::from(packed::BASE64))
            } else {
                Value::Missing
            }),
            _ => self.redact(value, rule),
        }
    }

    /// Applies a privacy rule; `None` means that the field is dropped.
    fn redact(&self, value: &Value, rule: &PrivacyRule) -> Option<Value> {
        let text = match (rule, value) {
            (PrivacyRule::Drop, _) => return None,
            (PrivacyRule::Keep, Value::Text(text)) => return Some(self.kept(text)),
            (PrivacyRule::Keep, _) | (_, Value::Missing) => return Some(value.clone()),
            (_, value) => value.text()?,
        };
        Some(Value::Text(match rule {
            PrivacyRule::Truncate(characters) => first(&self.masked(&text), *characters),
            PrivacyRule::Tokenise => Arc::from(self.key.tokenise(&text)),
            _ => Arc::from(self.key.of_value(&text)),
        }))
    }

    /// Returns a text that is kept, without the secrets in it.
    fn kept(&self, text: &Arc<str>) -> Value {
        match self.masked(text) {
            Cow::Borrowed(_) => Value::Text(Arc::clone(text)),
            Cow::Owned(masked) => Value::Text(Arc::from(masked)),
        }
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
    fn content(&self, record: &Record) -> String {
        let mut object = serde_json::Map::new();
        let written = self.written(record);
        let named = self.columns.iter().zip(&record.values).zip(&self.rules);
        for (column, ((name, value), rule)) in named.enumerate() {
            let value = self.redact_field(column, value, rule, written);
            if let Some(text) = value.and_then(|value| value.text()) {
                object.insert(
                    name.to_string(),
                    serde_json::Value::String(text.to_string()),
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

fn first(text: &str, characters: usize) -> Arc<str> {
    Arc::from(text.chars().take(characters).collect::<String>())
}

fn text_of(value: Option<&Value>) -> Option<Arc<str>> {
    value.and_then(Value::text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::Label;
    use ringtrue_core::task::Secrets;

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
        task.privacy.secrets = Some(ringtrue_core::task::Secrets::Mask);
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
