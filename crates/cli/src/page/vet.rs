//! Vetting as a page and as JSON: the verdict, what was found and what to do about it, and the scores by split.

use ringtrue_core::Task;
use ringtrue_report::{
    Acceptance, Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Finding, Form,
    Outcome as Answer, Reader, Remedy, Section, Severity, Snippet, Status, Table, Text,
};
use ringtrue_vet::profile::Summary;
use ringtrue_vet::{self as vet, Score, Scores, Unscored, Verdict};
use serde_json::{Map, Value, json};

use super::sheet;
use crate::vetted::{Shown, Vetted};

/// What a page on vetting tells.
pub(crate) struct VetTold<'a> {
    pub(crate) vetted: &'a Vetted,
    pub(crate) task: &'a Task,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
}

/// Makes the document of a data sheet alone.
pub(crate) fn sheet_document(told: &SheetTold<'_>) -> Document {
    let status = Status::new(Answer::Informs, "a data sheet; no check ran");
    let mut document = Document::new(format!("Data sheet: {}", told.name), status);
    let texts = told.assumed.iter().map(|s| Text::plain(s.clone()));
    document.caveats.assumed = texts.collect();
    document.sections = vec![sheet::section(told.sheet)];
    document.facts = vec![
        Fact::new("events", told.sheet.events.to_string()),
        Fact::new("rows set aside", told.set_aside.to_string()),
    ];
    document.data = Value::Object(sheet_data(told));
    document
}

/// What the page of a data sheet alone tells.
pub(crate) struct SheetTold<'a> {
    /// What the events are called.
    pub(crate) name: &'a str,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
    /// The data sheet, as its reader may see it.
    pub(crate) sheet: &'a Summary,
}

/// Returns a data sheet for scripts.
pub(crate) fn sheet_data(told: &SheetTold<'_>) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("sheet".to_owned(), json!(told.sheet));
    data.insert("set_aside".to_owned(), json!(told.set_aside));
    data.insert("assumed".to_owned(), json!(told.assumed));
    data
}

/// Makes the document.
pub(crate) fn vet_document(told: &VetTold<'_>) -> Document {
    let mut document = Document::new(format!("Vetting: {}", told.task.name), status(told.vetted));
    document.subtitle.clone_from(&told.task.question);
    let texts = told.assumed.iter().map(|s| Text::plain(s.clone()));
    document.caveats.assumed = texts.collect();
    document.sections = sections(told.vetted);
    document.facts = facts(told);
    document.data = Value::Object(vet_data(told));
    document
}

/// Returns the answer of vetting.
pub(crate) fn status(vetted: &Vetted) -> Status {
    let findings = &vetted.vetting.findings;
    let blocking = findings.iter().filter(|finding| finding.blocks()).count();
    let accepted = findings.iter().filter(|it| it.accepted.is_some()).count();
    match vetted.vetting.verdict {
        Verdict::Fit => Status::new(Answer::Fit, "nothing was found that blocks"),
        Verdict::FitWithAcceptedRisks => Status::new(
            Answer::Fit,
            format!("fit with accepted risks: {accepted} accepted by name"),
        ),
        Verdict::NotFit => Status::new(
            Answer::Unfit,
            format!("not fit to learn from: {blocking} blocking, {accepted} accepted by name"),
        ),
    }
}

/// Returns what a detector of the data must say of its vetting, in sentences.
pub(crate) fn vetting_sentences(vetted: &Vetted) -> Vec<String> {
    let findings = vetted.vetting.findings.iter();
    let sentence = |finding: &vet::Finding| {
        let name = finding.name();
        match &finding.accepted {
            None if finding.blocks() => {
                Some(format!("vetting: `{name}` blocks: {}", finding.title))
            }
            Some(accepted) => Some(format!(
                "vetting: `{name}` is accepted by {} until {}, because {}: {}",
                accepted.by, accepted.until, accepted.reason, finding.title
            )),
            None => None,
        }
    };
    let idle = vetted
        .vetting
        .idle
        .iter()
        .map(|idle| format!("vetting: {idle}"));
    findings.filter_map(sentence).chain(idle).collect()
}

/// Returns whether a sentence of [`vetting_sentences`] tells of something that blocks, which nobody has accepted.
pub(crate) fn tells_what_blocks(sentence: &str) -> bool {
    let named = sentence.strip_prefix("vetting: `");
    let behind = named.and_then(|named| named.split_once("` "));
    behind.is_some_and(|(_, behind)| behind.starts_with("blocks: "))
}

/// Returns the sections on vetting, the data sheets last, which a run's report shows too.
pub(crate) fn sections(vetted: &Vetted) -> Vec<Section> {
    let findings = vetted.vetting.findings.iter().zip(&vetted.evidence);
    let findings: Vec<Finding> = findings
        .map(|(finding, events)| shown(finding, events))
        .collect();
    let found = if findings.is_empty() {
        Block::paragraph(Text::plain("Nothing was found."))
    } else {
        Block::Findings { findings }
    };
    let mut sections = vec![
        section(
            "vetting",
            "Is the data fit to learn from?",
            Reader::Both,
            vec![found],
        ),
        section(
            "reduced-scores",
            "How much the data flatters",
            Reader::DataScientist,
            vec![
                Block::paragraph(Text::plain(
                    "The same small probe, asked in ways that flatter less and less: the drop from one to the next is the number that matters.",
                )),
                Block::Table(scores_table(&vetted.vetting.scores)),
            ],
        ),
    ];
    sections.push(sheet::section(&vetted.columns));
    sections.extend(vetted.signals.as_ref().map(sheet::signals_section));
    sections
}

fn section(id: &str, title: &str, reader: Reader, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader,
        blocks,
    }
}

/// Returns a finding as reports show it.
fn shown(finding: &vet::Finding, events: &[Shown]) -> Finding {
    let severity = match finding.severity {
        vet::Severity::Note => Severity::Note,
        vet::Severity::CannotTell => Severity::CannotTell,
        vet::Severity::Warning => Severity::Warning,
        vet::Severity::Blocking => Severity::Blocking,
    };
    Finding {
        detail: Text::plain(finding.meaning.clone()),
        figures: finding.effect.iter().map(figure).collect(),
        evidence: evidence(events),
        remedy: Some(Remedy {
            advice: Text::plain(finding.remedy.advice.clone()),
            snippet: finding.remedy.snippet.clone().map(|snippet| match snippet {
                vet::Snippet::Command(line) => Snippet::Command(line),
                vet::Snippet::Task(lines) => Snippet::Task(lines),
            }),
            misses: Text::default(),
        }),
        owner: Some(finding.code.owner.words().to_owned()),
        accepted: finding.accepted.as_ref().map(|accepted| Acceptance {
            by: accepted.by.clone(),
            reason: accepted.reason.clone(),
            date: format!("until {}", accepted.until),
        }),
        ..Finding::new(finding.name(), severity, finding.title.clone())
    }
}

fn figure(effect: &vet::Effect) -> Figure {
    let estimate = match effect.interval {
        Some([low, high]) => Estimate::within(effect.value, low, high),
        None => Estimate::exact(effect.value),
    };
    Figure::new(effect.measure.clone(), estimate, Form::Number)
}

fn evidence(events: &[Shown]) -> Option<Table> {
    let row = |event: &Shown| -> Vec<Cell> {
        vec![
            event.row.map_or(Cell::Empty, |row| Cell::from(row as f64)),
            event.id.clone().into(),
            event.label.into(),
            event.text.clone().into(),
        ]
    };
    (!events.is_empty()).then(|| Table {
        caption: "Events that it rests on".to_owned(),
        columns: vec![
            Column::new("row", ColumnKind::Figure(Form::Number)),
            Column::new("id", ColumnKind::Digest),
            Column::new("label", ColumnKind::Text),
            Column::new("event", ColumnKind::Code),
        ],
        rows: events.iter().map(row).collect(),
        note: String::new(),
    })
}

/// Returns every score with what it is called.
fn named(scores: &Scores) -> Vec<(String, &Result<Score, Unscored>)> {
    let mut named = vec![("split at random".to_owned(), &scores.random)];
    named.extend(
        scores
            .time
            .as_ref()
            .map(|score| ("split by time".to_owned(), score)),
    );
    named.push((
        "without near-duplicates".to_owned(),
        &scores.without_near_duplicates,
    ));
    let sources = scores.without_source.iter();
    named.extend(sources.map(|(source, score)| (format!("without the source {source}"), score)));
    named
}

fn scores_table(scores: &Scores) -> Table {
    let row = |(name, score): (String, &Result<Score, Unscored>)| -> Vec<Cell> {
        match score {
            Ok(score) => vec![
                name.into(),
                Estimate::within(score.auc, score.interval[0], score.interval[1]).into(),
                Cell::from(score.malicious as f64),
                Cell::from(score.benign as f64),
            ],
            Err(reason) => vec![name.into(), Estimate::unknown(reason.to_string()).into()],
        }
    };
    let number = || ColumnKind::Figure(Form::Number);
    Table {
        caption: "Area under the ROC curve of a small probe".to_owned(),
        columns: vec![
            Column::new("asked", ColumnKind::Text),
            Column::new("AUC", number()),
            Column::new("malicious", number()),
            Column::new("benign", number()),
        ],
        rows: named(scores).into_iter().map(row).collect(),
        note: "Intervals are 95 %, by a bootstrap over campaigns.".to_owned(),
    }
}

fn facts(told: &VetTold<'_>) -> Vec<Fact> {
    let counts = |[benign, malicious, others]: [u64; 3]| {
        format!("{benign} benign, {malicious} malicious, {others} undecided")
    };
    vec![
        Fact::new("events", counts(told.vetted.observed)),
        Fact::new(
            "events that checks looked at",
            counts(told.vetted.looked_at),
        ),
        Fact::new("rows set aside", told.set_aside.to_string()),
        Fact::new("task", told.task.digest().to_string()),
    ]
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn vet_data(told: &VetTold<'_>) -> Map<String, Value> {
    let Value::Object(mut data) = vetting_json(told.vetted) else {
        return Map::new();
    };
    let classes = |[benign, malicious, undecided]: [u64; 3]| json!({ "benign": benign, "malicious": malicious, "undecided": undecided });
    data.insert("events".to_owned(), classes(told.vetted.observed));
    data.insert("looked_at".to_owned(), classes(told.vetted.looked_at));
    data.insert("set_aside".to_owned(), json!(told.set_aside));
    data.insert("assumed".to_owned(), json!(told.assumed));
    data
}

/// Returns verdict, findings, scores and data sheets.
pub(crate) fn vetting_json(vetted: &Vetted) -> Value {
    let findings = vetted.vetting.findings.iter().zip(&vetted.evidence);
    let findings: Vec<Value> = findings
        .map(|(finding, events)| finding_json(finding, events))
        .collect();
    let scores = &vetted.vetting.scores;
    let sources: Map<String, Value> = scores
        .without_source
        .iter()
        .map(|(source, score)| (source.clone(), score_json(score)))
        .collect();
    json!({
        "verdict": vetted.vetting.verdict,
        "findings": findings,
        "scores": {
            "random_split": score_json(&scores.random),
            "time_split": scores.time.as_ref().map(score_json),
            "without_near_duplicates": score_json(&scores.without_near_duplicates),
            "without_source": sources,
        },
        "sheet": vetted.columns,
        "signals": vetted.signals,
    })
}

fn finding_json(finding: &vet::Finding, events: &[Shown]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .map(|event| json!({ "row": event.row, "id": event.id, "label": event.label, "text": event.text }))
        .collect();
    let effect = finding.effect.as_ref().map(|effect| {
        let [low, high] = effect.interval.map_or([None, None], |ends| ends.map(Some));
        json!({ "measure": effect.measure, "value": effect.value, "low": low, "high": high })
    });
    json!({
        "code": finding.code.code,
        "name": finding.name(),
        "check": finding.code.check,
        "severity": finding.severity,
        "blocking": finding.blocks(),
        "title": finding.title,
        "meaning": finding.meaning,
        "subject": finding.subject,
        "effect": effect,
        "remedy": finding.remedy,
        "owner": finding.code.owner,
        "accepted": finding.accepted,
        "evidence": events,
    })
}

fn score_json(score: &Result<Score, Unscored>) -> Value {
    match score {
        Ok(score) => json!({
            "auc": score.auc,
            "low": score.interval[0],
            "high": score.interval[1],
            "malicious": score.malicious,
            "benign": score.benign,
        }),
        Err(reason) => json!({ "auc": null, "reason": reason.to_string() }),
    }
}
