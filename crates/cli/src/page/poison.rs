//! What poisoning takes, as a page and as JSON.

use ringtrue_attack::poison::Needed;
use ringtrue_core::plural;
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Form, Outcome as Answer, Reader, Section, Status,
    Table, Text,
};
use serde_json::{Map, Value, json};

use crate::commands::poison::Poisoned;
use crate::poisoning::{Aim, Goal, Ground, Screens, Taught};
use crate::revealed::Revealed;

/// What a page on poisoning tells.
pub(crate) struct PoisonTold<'a> {
    pub(crate) ground: &'a Ground<'a>,
    pub(crate) found: &'a [Poisoned],
    /// The share that must be allowed for an aim to be reached.
    pub(crate) hidden: f64,
    /// The greatest share of the teaching events that was planted.
    pub(crate) share_max: f64,
    pub(crate) revealed: Revealed<'a>,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
}

/// What a real poisoner may do otherwise, in sentences.
const ASSUMED: [&str; 4] = [
    "The detector is the forest with its text model, trained once on a sample; others may be easier or harder to poison.",
    "Planted events are weighed like others. They are drawn at random from the events to learn from, with their times, and come from one source.",
    "With screens, whatever vetting's checks on triggers, watermarks and labels point at is left out, without anybody looking.",
    "A poisoner who knows the screens can plant what they do not look for.",
];

/// Makes the document.
pub(crate) fn poison_document(told: &PoisonTold<'_>) -> Document {
    let status = Status::new(Answer::Informs, summary(told));
    let mut document = Document::new(format!("Poisoning: {}", told.ground.task.name), status);
    let own = ASSUMED.into_iter().map(Text::plain);
    let stated = told.assumed.iter().map(|it| Text::plain(it.clone()));
    document.caveats.assumed = own.chain(stated).collect();
    document.sections = vec![Section {
        id: "poisoning".to_owned(),
        title: "What it takes to teach a detector wrong".to_owned(),
        reader: Reader::Both,
        blocks: vec![Block::Table(table(told)), Block::Table(trainings(told))],
    }];
    document.data = Value::Object(poison_data(told));
    document
}

fn summary(told: &PoisonTold<'_>) -> String {
    let answers = told.found.iter().map(|found| {
        let screens = match found.screens {
            Screens::Off => "without screens",
            Screens::On => "with vetting's screens",
        };
        format!("{} {screens}: {}", found.aim.goal.word(), answer(found))
    });
    let of = plural(told.ground.teaching() as u64, "event", "events");
    format!(
        "of {of} to learn from, {}",
        answers.collect::<Vec<_>>().join("; ")
    )
}

/// Says how many events are enough.
fn answer(found: &Poisoned) -> String {
    match found.needed {
        Some(Needed::Between { enough: 0, .. }) => "hidden without planting anything".to_owned(),
        Some(Needed::Between { below, enough }) => {
            format!("{enough} planted are enough, {below} are not")
        }
        Some(Needed::MoreThan(most)) => format!("{most} planted are not enough"),
        None => found.tried.last().map_or_else(
            || "nothing was tried".to_owned(),
            |taught| {
                format!(
                    "{} planted hide {:.0} %",
                    taught.planted,
                    100.0 * taught.hidden
                )
            },
        ),
    }
}

fn table(told: &PoisonTold<'_>) -> Table {
    let row = |found: &Poisoned| -> Vec<Cell> {
        vec![
            words(told, &found.aim).into(),
            source(told, &found.aim).into(),
            screens(found.screens).into(),
            answer(found).into(),
        ]
    };
    Table {
        caption: format!(
            "Planted events that are enough for {:.0} % of what is to be hidden to be allowed, at a false-positive rate of {}",
            100.0 * told.hidden,
            told.ground.fpr
        ),
        columns: ["aim", "from", "screens", "events"]
            .map(|title| Column::new(title, ColumnKind::Text))
            .into(),
        rows: told.found.iter().map(row).collect(),
        note: format!(
            "At most {:.1} % of what is learned from was planted.",
            100.0 * told.share_max
        ),
    }
}

/// Every training.
fn trainings(told: &PoisonTold<'_>) -> Table {
    let row = |found: &Poisoned, taught: &Taught| -> Vec<Cell> {
        vec![
            found.aim.goal.word().into(),
            screens(found.screens).into(),
            Cell::from(f64::from(taught.planted)),
            Cell::from(taught.hidden),
            taught.others_flagged.map_or(Cell::Empty, Cell::from),
            Cell::from(f64::from(taught.traced.planted)),
            Cell::from(f64::from(taught.doubted.planted)),
            Cell::from(f64::from(taught.traced.others)),
            Cell::from(f64::from(taught.doubted.others)),
        ]
    };
    let rows = told.found.iter().flat_map(|found| {
        let of_each = found.tried.iter();
        of_each.map(move |taught| row(found, taught))
    });
    let [count, share] = [Form::Count, Form::Percent].map(ColumnKind::Figure);
    Table {
        caption: "Each training".to_owned(),
        columns: vec![
            Column::new("aim", ColumnKind::Text),
            Column::new("screens", ColumnKind::Text),
            Column::new("planted", count.clone()),
            Column::new("hidden", share.clone()),
            Column::new("others flagged", share),
            Column::new("planted, traced", count.clone()),
            Column::new("planted, label doubted", count.clone()),
            Column::new("others traced", count.clone()),
            Column::new("others' labels doubted", count),
        ],
        rows: rows.collect(),
        note: String::new(),
    }
}

const fn screens(screens: Screens) -> &'static str {
    match screens {
        Screens::Off => "none",
        Screens::On => "vetting",
    }
}

/// Says an aim, as its reader may see it.
fn words(told: &PoisonTold<'_>, aim: &Aim) -> String {
    match family(told, aim) {
        Some(_) => aim.goal.words(),
        None if matches!(aim.goal, Goal::Backdoor(..)) => aim.goal.words(),
        None => format!("hide a family: {}", aim.goal.word()),
    }
}

/// Returns the family of an aim that its reader may see.
fn family<'a>(told: &PoisonTold<'_>, aim: &'a Aim) -> Option<&'a str> {
    let column = told
        .ground
        .task
        .columns
        .family
        .as_deref()
        .unwrap_or("family");
    match &aim.goal {
        Goal::Copies(family) | Goal::Flips(family) if told.revealed.shows(column) => Some(family),
        _ => None,
    }
}

/// Returns the source of planted events, as the reader may see it.
fn source(told: &PoisonTold<'_>, aim: &Aim) -> String {
    let source = aim
        .source
        .as_deref()
        .filter(|_| told.revealed.shows_source());
    match (&aim.goal, source) {
        (Goal::Flips(_), _) => "where the family comes from".to_owned(),
        (_, Some(source)) => source.to_owned(),
        (_, None) => "one source".to_owned(),
    }
}

/// Makes the figures for scripts.
pub(crate) fn poison_data(told: &PoisonTold<'_>) -> Map<String, Value> {
    let aim = |found: &Poisoned| {
        let (below, enough) = match found.needed {
            Some(Needed::Between { below, enough }) => (Some(below), Some(enough)),
            Some(Needed::MoreThan(most)) => (Some(most), None),
            None => (None, None),
        };
        json!({
            "aim": found.aim.goal.word(),
            "family": family(told, &found.aim),
            "column": found.aim.goal.column(),
            "source": found.aim.source.as_deref().filter(|_| told.revealed.shows_source()),
            "screens": screens(found.screens),
            "not_enough": below,
            "enough": enough,
            "trainings": found.tried,
        })
    };
    let object = json!({
        "kind": told.ground.task.kind,
        "learned_from": told.ground.teaching(),
        "fpr": told.ground.fpr,
        "hidden": told.hidden,
        "share_max": told.share_max,
        "set_aside": told.set_aside,
        "aims": told.found.iter().map(aim).collect::<Vec<Value>>(),
    });
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
