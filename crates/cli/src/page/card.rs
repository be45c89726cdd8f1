//! The model card: what must be known of a detector before anybody relies on it.
//!
//! # Source
//!
//! Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.

use ringtrue_core::CostSheet;
use ringtrue_model::{Detector, Range, Rung};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Form, Outcome as Answer, Reader,
    Section, Status, Table, Text,
};
use serde_json::json;

use super::{robustness, sections, tells_what_blocks};
use crate::evasion::Robustness;
use crate::journey::Trial;

/// Makes the card; without a trial the detector was judged on nothing, and nobody attacked it.
pub(crate) fn card(
    detector: &Detector,
    question: &str,
    sheet: &CostSheet,
    shown: Option<(&Trial, &Robustness)>,
) -> Document {
    let known = &detector.card;
    let status = if !known.calibrated {
        Status::new(
            Answer::CannotTell,
            "its scores are not calibrated: they are no probabilities",
        )
    } else if known.fit {
        Status::new(
            Answer::Informs,
            "it may be promoted as far as training can tell",
        )
    } else {
        let why = known.gaps.iter().find(|gap| tells_what_blocks(gap));
        Status::new(
            Answer::Unfit,
            why.map_or_else(
                || "it is not fit to be promoted: see what was not tested".to_owned(),
                |why| format!("it is not fit to be promoted: {why}"),
            ),
        )
    };
    let mut document = Document::new(format!("Model card: {}", known.name), status);
    question.clone_into(&mut document.subtitle);
    let texts = |sentences: &[String]| sentences.iter().map(|s| Text::plain(s.clone())).collect();
    document.caveats.assumed = texts(&known.assumed);
    document.caveats.waived = texts(&known.waived);
    document.caveats.not_tested = texts(&known.gaps);
    document.sections.push(use_of(detector, sheet));
    if let Some((trial, robustness)) = shown {
        document.headline = sections::headline(trial, sheet);
        document.headline.extend(robustness::headline(robustness));
        document
            .sections
            .push(sections::quality(trial, detector, sheet));
        document.sections.extend(robustness::of_card(robustness));
    }
    document
        .sections
        .push(sections::thresholds(detector, sheet));
    document.sections.push(scope(detector));
    document.facts = facts(detector);
    document.data = json!({
        "card": known,
        "operating": detector.operating,
        "nominal": detector.nominal,
        "scope": detector.scope,
        "robustness": shown.map(|(_, robustness)| robustness::data_of_card(robustness)),
    });
    document
}

fn use_of(detector: &Detector, sheet: &CostSheet) -> Section {
    let made = match detector.model.rung() {
        Rung::AlwaysBenign => "It calls everything benign.".to_owned(),
        Rung::BestSignal => "It goes by a single signal.".to_owned(),
        rung => format!(
            "It is made of: {}; {} signals.",
            rung.title(),
            detector.schema.signals.len()
        ),
    };
    let traffic = format!(
        "It is meant for traffic of {} events a day, of which 1 in {:.0} is malicious, and for people who can handle {} alerts a day.",
        sheet.events_per_day,
        1.0 / sheet.malicious_share,
        sheet.alerts_per_day
    );
    section(
        "use",
        "What it is, and for what",
        vec![Block::paragraph(Text::plain(format!("{made} {traffic}")))],
    )
}

fn section(id: &str, title: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks,
    }
}

fn scope(detector: &Detector) -> Section {
    let title = "What it covers";
    let Some(scope) = &detector.scope else {
        let unknown =
            "Nobody here knows what it was trained on, so no event is known to be covered.";
        return section("scope", title, vec![Block::paragraph(Text::plain(unknown))]);
    };
    let sources = if scope.sources.is_empty() {
        "without a named source".to_owned()
    } else {
        format!("from {}", scope.sources.join(", "))
    };
    let words = format!(
        "Its training events came {sources}, and {} different domains or groups stood behind them. An event with a value far outside these ranges is answered \"not covered\" beside its score.",
        scope.entities
    );
    let signals = detector.schema.signals.iter().zip(&scope.ranges);
    let rows = signals
        .map(|(signal, range)| {
            let [low, high] = ends(range);
            let missing = if range.missing { "seen" } else { "never seen" };
            vec![signal.name.as_str().into(), low, high, missing.into()]
        })
        .collect();
    let number = || ColumnKind::Figure(Form::Number);
    let table = Table {
        caption: "What each signal was in training".to_owned(),
        columns: vec![
            Column::new("signal", ColumnKind::Code),
            Column::new("lowest", number()),
            Column::new("highest", number()),
            Column::new("missing", ColumnKind::Text),
        ],
        rows,
        note: String::new(),
    };
    section(
        "scope",
        title,
        vec![Block::paragraph(Text::plain(words)), Block::Table(table)],
    )
}

fn ends(range: &Range) -> [Cell; 2] {
    [range.low, range.high].map(|end| end.map_or(Cell::Empty, |end| Estimate::exact(end).into()))
}

fn facts(detector: &Detector) -> Vec<Fact> {
    let known = &detector.card;
    let pair = |[malicious, benign]: [u64; 2]| format!("{malicious} malicious, {benign} benign");
    let before = known.trained_before.clone();
    vec![
        Fact::new("task", known.task.to_string()),
        Fact::new("dataset", known.dataset.to_string()),
        Fact::new("signal schema", detector.schema.digest().to_string()),
        Fact::new("trained on", pair(known.trained_on)),
        Fact::new("calibrated on", pair(known.calibrated_on)),
        Fact::new(
            "trained before",
            before.unwrap_or_else(|| "not known".to_owned()),
        ),
        Fact::new("seed", known.seed.to_string()),
        Fact::new("version", known.version.clone()),
    ]
}
