//! From the text of `task.toml` to a [`Task`].
//!
//! What the text states replaces the assumption; what it states wrongly is told of, all of it at
//! once, and then there is no task.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::attacker::{Around, read_attacker};
use super::content::{
    Capacity, Columns, Costs, Family, Labelling, Malicious, Retraining, Task, Traffic, TrustRules,
    Unsure,
};
use super::deciding::read_deciding;
use super::gate::read_gate;
use super::mail::read_email;
use super::private::{is_column, read_privacy};
use super::problem::{Problem, TaskError, TaskProblem};
use super::reader::{Entry, Range, Reader, Table, nearest};
use super::sign_offs::read_sign_offs;
use super::vetting::read_vetting;
use super::words::ColumnType;
use crate::cost::CostOverride;
use crate::event::{Kind, Trust};
use crate::expression::{Expression, Reference};
use crate::label::Label;

/// Bytes of a task's text.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Words that mean the event's own in expressions, so that no derived column may hide them.
const RESERVED: [&str; 9] = [
    "family", "fields", "group", "kind", "label", "signals", "source", "time", "trust",
];

impl Task {
    /// Reads a task from the text of its file.
    ///
    /// # Errors
    ///
    /// [`TaskError`] with every problem that can be found in one reading: text that is no TOML,
    /// unknown keys at any depth (with the nearest known one), wrong types, numbers outside their
    /// range, unknown words, names that stand twice or are not declared, expressions that do not
    /// compile, and rules that contradict each other.
    pub fn parse(text: &str) -> Result<Self, TaskError> {
        let mut reader = Reader::new(text);
        if text.len() > TEXT_BYTES_MAX {
            let found = format!("{} bytes", text.len());
            let message = format!("the text is longer than {TEXT_BYTES_MAX} bytes: {found}");
            reader.tell_absent(Problem::Syntax { message });
            return refuse(reader.finish());
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let message = error.message().to_owned();
            let offset = error.span().map_or(0, |span| span.start);
            reader.tell(offset, Problem::Syntax { message });
        }
        if !errors.is_empty() {
            return refuse(reader.finish());
        }
        let root = Table {
            path: String::new(),
            entries: Some(document.get_ref()),
        };
        let task = read(&mut reader, &root);
        let problems = reader.finish();
        if problems.is_empty() {
            Ok(task)
        } else {
            refuse(problems)
        }
    }
}

const fn refuse(problems: Vec<TaskProblem>) -> Result<Task, TaskError> {
    Err(TaskError { problems })
}

fn read<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Task {
    reader.check_keys(root);
    check_format(reader, root);
    let kind = read_kind(reader, root);
    let assumed = Task::assumed(kind);
    let columns = read_columns(reader, root, kind);
    let families = read_families(reader, root);
    let derived = read_expressions(reader, root, "derived", &columns);
    let slices = read_expressions(reader, root, "slices", &columns);
    let slice_names: Vec<&str> = slices.iter().map(|(name, _)| name.as_str()).collect();
    let costs = read_costs(reader, root, &assumed.costs, (&families, &slice_names));
    let gate = read_gate(reader, root, (&families, &slice_names));
    let privacy = read_privacy(reader, root, kind, &columns);
    let around = Around {
        kind,
        columns: &columns,
        derived: &derived,
    };
    let attacker = read_attacker(reader, root, &around);
    let labelling = reader.section(root, "labelling");
    let retraining = reader.section(root, "retraining");
    Task {
        name: read_name(reader, root),
        kind,
        question: reader.text(root, "question").unwrap_or_default(),
        malicious: read_malicious(reader, root),
        unsure: read_unsure(reader, root),
        families,
        labels: read_labels(reader, root),
        deciding: read_deciding(reader, root),
        columns,
        derived,
        slices,
        costs,
        traffic: read_traffic(reader, root, &assumed.traffic),
        capacity: read_capacity(reader, root, &assumed.capacity),
        attacker,
        trust: read_trust(reader, root),
        privacy,
        email: read_email(reader, root, kind),
        vetting: read_vetting(reader, root),
        labelling: Labelling {
            who: reader.text(&labelling, "who").unwrap_or_default(),
            events_per_week: reader.number(&labelling, "events_per_week", Range::Positive),
            evidence: reader.texts(&labelling, "evidence"),
        },
        retraining: Retraining {
            cadence_days: reader.number(&retraining, "cadence_days", Range::Positive),
        },
        gate,
        sign_offs: read_sign_offs(reader, root),
        left_open: left_open(root, assumed.left_open),
    }
}

/// Returns the keys of `all` that the text does not state.
fn left_open(root: &Table<'_>, all: BTreeSet<String>) -> BTreeSet<String> {
    all.into_iter()
        .filter(|key| !is_stated(root, key))
        .collect()
}

fn is_stated(root: &Table<'_>, key: &str) -> bool {
    let mut table = root.clone();
    for part in key.split('.') {
        match table.get(part).map(|entry| entry.value) {
            None => return false,
            Some(DeValue::Table(entries)) => {
                if entries.is_empty() {
                    return false;
                }
                table.entries = Some(entries);
            }
            Some(_) => return true,
        }
    }
    true
}

fn check_format<'t>(reader: &mut Reader<'t>, root: &Table<'t>) {
    let Some(entry) = root.get("format") else {
        return;
    };
    let found = match entry.value {
        DeValue::Integer(number) if number.as_str() == "1" => return,
        DeValue::Integer(number) => number.to_string(),
        _ => "no whole number".to_owned(),
    };
    reader.tell(entry.offset, Problem::Format { found });
}

fn read_kind<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Kind {
    let Some(entry) = root.get("kind") else {
        let key = "kind".to_owned();
        reader.tell_absent(Problem::MissingKey { key });
        return Kind::Table;
    };
    let words = Kind::ALL.map(|kind| (kind.word(), kind));
    reader.word(&entry, &words).unwrap_or(Kind::Table)
}

fn read_name<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> String {
    if root.get("name").is_none() {
        let key = "name".to_owned();
        reader.tell_absent(Problem::MissingKey { key });
    }
    reader.name(root, "name").unwrap_or_default()
}

fn read_malicious<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Malicious {
    let section = reader.section(root, "malicious");
    Malicious {
        include: reader.texts(&section, "include"),
        exclude: reader.texts(&section, "exclude"),
        examples: reader.texts(&section, "examples"),
        excluded_examples: reader.texts(&section, "excluded_examples"),
    }
}

fn read_unsure<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Unsure {
    let section = reader.section(root, "unsure");
    Unsure {
        include: reader.texts(&section, "include"),
        examples: reader.texts(&section, "examples"),
    }
}

fn read_families<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Vec<Family> {
    let section = reader.free_section(root, "families");
    let mut families = Vec::new();
    for entry in distinct(reader, &section) {
        if let Some(meaning) = reader.text_of(&entry) {
            families.push(Family {
                name: entry.name,
                meaning,
            });
        }
    }
    families
}

/// Returns the entries of a section of free keys, and tells of empty names and of names that
/// differ only in case or surrounding space.
pub(super) fn distinct<'t>(reader: &mut Reader<'t>, section: &Table<'t>) -> Vec<Entry<'t>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for entry in section.all() {
        let key = section.path.clone();
        let name = entry.name.trim().to_lowercase();
        if name.is_empty() {
            reader.tell(entry.offset, Problem::Empty { key });
        } else if seen.insert(name) {
            found.push(entry);
        } else {
            let name = entry.name;
            reader.tell(entry.offset, Problem::Repeated { key, name });
        }
    }
    found
}

fn read_labels<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> BTreeMap<String, Label> {
    let section = reader.free_section(root, "labels");
    let map = reader.free_section(&section, "map");
    let words = [Label::Malicious, Label::Benign, Label::Unsure].map(|label| (label.word(), label));
    distinct(reader, &map)
        .into_iter()
        .filter_map(|entry| Some((entry.name.trim().to_owned(), reader.word(&entry, &words)?)))
        .collect()
}

fn read_columns<'t>(reader: &mut Reader<'t>, root: &Table<'t>, kind: Kind) -> Columns {
    let section = reader.section(root, "columns");
    check_evidence(reader, &section, kind);
    let evidence = kind.evidence();
    let columns = Columns {
        id: reader.name(&section, "id"),
        time: reader.name(&section, "time"),
        label: reader.name(&section, "label"),
        label_known: reader.name(&section, "label_known"),
        source: reader.name(&section, "source"),
        family: reader.name(&section, "family"),
        group: reader.name(&section, "group"),
        evidence: evidence.and_then(|key| reader.name(&section, key)),
        user: reader.name(&section, "user"),
        host: reader.name(&section, "host"),
        drop: reader.texts(&section, "drop"),
        types: read_types(reader, &section),
    };
    check_columns(reader, &section, &columns, kind);
    columns
}

/// The column of another kind's evidence, or of somebody who acts where nobody does, says nothing here.
fn check_evidence<'t>(reader: &mut Reader<'t>, section: &Table<'t>, kind: Kind) {
    let mut check = |key: &str, wanted: &str| {
        if let Some(entry) = section.get(key) {
            let problem = Problem::Conflict {
                key: entry.key,
                reason: format!("is for tasks of `kind = {wanted}` only"),
            };
            reader.tell(entry.offset, problem);
        }
    };
    for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
        if let Some(key) = other.evidence() {
            check(key, &format!("\"{other}\""));
        }
    }
    if !kind.has_actor() {
        for key in ["user", "host"] {
            check(key, "\"command\"` or `\"session\"");
        }
    }
}

fn read_types<'t>(reader: &mut Reader<'t>, section: &Table<'t>) -> BTreeMap<String, ColumnType> {
    let types = reader.free_section(section, "types");
    let words = ColumnType::ALL.map(|column_type| (column_type.word(), column_type));
    types
        .all()
        .into_iter()
        .filter_map(|entry| Some((entry.name.clone(), reader.word(&entry, &words)?)))
        .collect()
}

/// The label may be nothing else, and the evidence may not be dropped.
fn check_columns<'t>(reader: &mut Reader<'t>, section: &Table<'t>, columns: &Columns, kind: Kind) {
    let label = columns.label.as_deref().unwrap_or("label");
    for (key, column) in [
        ("id", &columns.id),
        ("time", &columns.time),
        ("label_known", &columns.label_known),
        ("source", &columns.source),
        ("family", &columns.family),
        ("group", &columns.group),
        (kind.evidence().unwrap_or(""), &columns.evidence),
        ("user", &columns.user),
        ("host", &columns.host),
    ] {
        if column.as_deref() == Some(label)
            && let Some(entry) = section.get(key)
        {
            let reason = format!("names the column of the label: `{label}`");
            let key = entry.key;
            reader.tell(entry.offset, Problem::Conflict { key, reason });
        }
    }
    if let Some(evidence) = columns
        .evidence
        .as_ref()
        .filter(|evidence| columns.drop.contains(evidence))
        && let Some(entry) = section.get("drop")
    {
        let reason = format!(
            "drops the column that holds the {}: `{evidence}`",
            kind.noun()
        );
        let key = entry.key;
        reader.tell(entry.offset, Problem::Conflict { key, reason });
    }
}

/// Reads `[derived]` or `[slices]`, and compiles each expression once to see that it can be.
fn read_expressions<'t>(
    reader: &mut Reader<'t>,
    root: &Table<'t>,
    name: &str,
    columns: &Columns,
) -> Vec<(String, String)> {
    let section = reader.free_section(root, name);
    let entries = distinct(reader, &section);
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let mut found = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let Some(text) = reader.text_of(entry) else {
            continue;
        };
        let later = match name {
            "derived" => names.get(position..).unwrap_or_default(),
            _ => &[],
        };
        match Expression::compile(&text) {
            Ok(expression) => {
                if let Some(reason) = objection(&expression, name, entry, (columns, later)) {
                    let key = entry.key.clone();
                    reader.tell(entry.offset, Problem::Conflict { key, reason });
                }
            }
            Err(cause) => {
                let key = entry.key.clone();
                reader.tell(entry.offset, Problem::Expression { key, cause });
            }
        }
        found.push((entry.name.clone(), text));
    }
    found
}

/// Returns why an expression that compiles may not stand where it does.
fn objection(
    expression: &Expression,
    section: &str,
    entry: &Entry<'_>,
    (columns, later): (&Columns, &[String]),
) -> Option<String> {
    if section == "derived" && RESERVED.contains(&entry.name.as_str()) {
        return Some("is a word of the expressions: choose another name".to_owned());
    }
    if section == "slices" && !expression.may_be_condition() {
        return Some("is neither true nor false, so it cuts no slice".to_owned());
    }
    if section == "derived"
        && let Some(reason) = expression.references().iter().find_map(unknown_yet)
    {
        return Some(reason);
    }
    for field in expression.references().iter().filter_map(Reference::field) {
        if is_column(columns.label.as_ref(), field) {
            return Some(format!("sees the label, which would leak it: `{field}`"));
        }
        let verdict = [&columns.family, &columns.label_known];
        if section == "derived" && verdict.into_iter().any(|it| is_column(it.as_ref(), field)) {
            return Some(format!(
                "sees what is only known with the label, which would leak it: `{field}`"
            ));
        }
        if later.iter().any(|name| name == field) {
            return Some(format!(
                "uses a column that is not derived above it: `{field}`"
            ));
        }
    }
    None
}

/// Returns why a derived column may not read what is not there yet when it is computed.
fn unknown_yet(reference: &Reference) -> Option<String> {
    match reference {
        Reference::Family => {
            Some("sees the family, which is only known with the label and would leak it".to_owned())
        }
        Reference::Signal(name) | Reference::HasSignal(name) => Some(format!(
            "reads a signal, and signals are computed after the derived columns: `{name}`"
        )),
        _ => None,
    }
}

fn read_costs<'t>(
    reader: &mut Reader<'t>,
    root: &Table<'t>,
    assumed: &Costs,
    declared: (&[Family], &[&str]),
) -> Costs {
    let section = reader.section(root, "costs");
    let mut price = |name: &str, assumed: f64| {
        reader
            .number(&section, name, Range::NotNegative)
            .unwrap_or(assumed)
    };
    let false_positive = price("false_positive", assumed.false_positive);
    let false_negative = price("false_negative", assumed.false_negative);
    let review = price("review", assumed.review);
    if false_positive <= 0.0
        && false_negative <= 0.0
        && let Some(entry) = section.get("false_negative")
    {
        let problem = Problem::Conflict {
            key: entry.key,
            reason: "is 0, as `costs.false_positive` is: where no mistake costs anything, no threshold is better than another".to_owned(),
        };
        reader.tell(entry.offset, problem);
    }
    let currency = reader.name(&section, "currency");
    let overrides = reader.sections(&section, "overrides");
    Costs {
        currency: currency.unwrap_or_else(|| assumed.currency.clone()),
        false_positive,
        false_negative,
        review,
        overrides: overrides
            .into_iter()
            .map(|(offset, table)| read_override(reader, offset, &table, declared))
            .collect(),
    }
}

fn read_override<'t>(
    reader: &mut Reader<'t>,
    offset: usize,
    table: &Table<'t>,
    (families, slices): (&[Family], &[&str]),
) -> CostOverride {
    let names: Vec<&str> = families.iter().map(|family| family.name.as_str()).collect();
    let found = CostOverride {
        family: declared(reader, table, "family", &names),
        slice: declared(reader, table, "slice", slices),
        false_positive: reader.number(table, "false_positive", Range::NotNegative),
        false_negative: reader.number(table, "false_negative", Range::NotNegative),
        review: reader.number(table, "review", Range::NotNegative),
    };
    let stated = |keys: &[&str]| keys.iter().filter(|key| table.get(key).is_some()).count();
    let reason = if stated(&["family", "slice"]) != 1 {
        "needs either a `family` or a `slice`"
    } else if stated(&["false_positive", "false_negative", "review"]) == 0 {
        "changes no price: give `false_positive`, `false_negative` or `review`"
    } else {
        return found;
    };
    let key = table.path.clone();
    let reason = reason.to_owned();
    reader.tell(offset, Problem::Conflict { key, reason });
    found
}

/// Reads a name that must be declared in another section.
pub(super) fn declared<'t>(
    reader: &mut Reader<'t>,
    table: &Table<'t>,
    what: &'static str,
    names: &[&str],
) -> Option<String> {
    let name = reader.name(table, what)?;
    if !names.contains(&name.as_str()) {
        let offset = table.get(what).map_or(0, |entry| entry.offset);
        let problem = Problem::Undeclared {
            key: table.key(what),
            what,
            nearest: nearest(&name, names).map(str::to_owned),
            name: name.clone(),
        };
        reader.tell(offset, problem);
    }
    Some(name)
}

fn read_traffic<'t>(reader: &mut Reader<'t>, root: &Table<'t>, assumed: &Traffic) -> Traffic {
    let section = reader.section(root, "traffic");
    Traffic {
        events_per_day: reader
            .number(&section, "events_per_day", Range::Positive)
            .unwrap_or(assumed.events_per_day),
        malicious_share: reader
            .number(&section, "malicious_share", Range::OpenShare)
            .unwrap_or(assumed.malicious_share),
    }
}

fn read_capacity<'t>(reader: &mut Reader<'t>, root: &Table<'t>, assumed: &Capacity) -> Capacity {
    let section = reader.section(root, "capacity");
    Capacity {
        alerts_per_day: reader
            .number(&section, "alerts_per_day", Range::NotNegative)
            .unwrap_or(assumed.alerts_per_day),
        latency_milliseconds: reader.number(&section, "latency_milliseconds", Range::Positive),
    }
}

fn read_trust<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> TrustRules {
    let section = reader.section(root, "trust");
    let words = Trust::ALL.map(|trust| (trust.word(), trust));
    let default = section
        .get("default")
        .and_then(|entry| reader.word(&entry, &words));
    let sources = reader.free_section(&section, "sources");
    TrustRules {
        default: default.unwrap_or_default(),
        sources: sources
            .all()
            .into_iter()
            .filter_map(|entry| Some((entry.name.clone(), reader.word(&entry, &words)?)))
            .collect(),
    }
}
