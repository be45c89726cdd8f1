//! `ringtrue import`: a detector of a tree model that was trained elsewhere.

use std::path::{Path, PathBuf};

use ringtrue_core::audit::Origin;
use ringtrue_core::signal::Movable;
use ringtrue_core::{Digest, Kind, Limits, PseudonymKey, Task, plural};
use ringtrue_intake::table::{ForeignColumn, ForeignTable, Matching, TableEncoder};
use ringtrue_intake::text::TextParameters;
use ringtrue_intake::{ReaderSpec, SignalReader};
use ringtrue_model::{
    Calibration, Card, Detector, Forest, Format, HeldOut, Link, Model, Scope, choose_thresholds,
};

use crate::args::Import;
use crate::commands::note;
use crate::detector_folder::{Loaded, save};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::feature_list::{self, Feature};
use crate::files::read_at_most;
use crate::labelled::with_labelled;
use crate::page;
use crate::progress::called;
use crate::registry::also_add;
use crate::task_file;
use crate::watching;

/// Most bytes of a model's file: a forest of 10,000 trees with 255 leaves each has some 200 MB as text.
const MODEL_BYTES_MAX: u64 = 1 << 29;

/// Runs the verb.
pub(crate) fn run(arguments: &Import) -> Outcome {
    let bytes = read_at_most(&arguments.model, MODEL_BYTES_MAX)
        .or_fail(|| format!("cannot read the model `{}`", arguments.model.display()))
        .map_err(|failure| failure.hint("name the file that the library's `save_model` wrote"))?;
    let forest = Forest::from_bytes(&bytes)
        .or_fail(|| format!("cannot import `{}`", arguments.model.display()))
        .map_err(|failure| failure.hint("LightGBM's text, XGBoost's JSON or UBJSON, and ONNX with one tree ensemble are read; `save_model` and `skl2onnx` write them"))?;
    let (task, text) = match &arguments.task {
        Some(path) => task_file::read(path)?,
        None => (Task::assumed(Kind::Table), String::new()),
    };
    if task.kind != Kind::Table {
        return Err(Failure::new("a model trained elsewhere reads a table")
            .hint("give a task of kind `table`, or leave `--task` out"));
    }
    let mut foreign = match &arguments.signals {
        Some(path) => listed(path, &forest)?,
        None => named(&forest)?,
    };
    foreign.declare(&task.attacker);
    say(&forest, &foreign, &called(&arguments.model));
    let reader = SignalReader::new(spec(foreign, &task))
        .or_fail(|| "the task's derived columns cannot be used".to_owned())?;
    let mut loaded = Loaded {
        id: None,
        history: None,
        detector: detector(forest, &reader, &task, text, &arguments.model)?,
        reader,
        task,
        key: PseudonymKey::new([0; 32]),
        audience: None,
    };
    if arguments.calibrate.is_empty() {
        note("its scores are not calibrated: give labelled events to `--calibrate`");
    } else {
        calibrate(&mut loaded, &arguments.calibrate)?;
    }
    let sheet = loaded.task.cost_sheet();
    let card = page::card(&loaded.detector, &loaded.task.question, &sheet, None);
    let files = save(&arguments.out, &loaded.detector, &card)?;
    also_add(arguments.store.as_deref(), &files, Origin::Import)?;
    Ok(Exit::Done)
}

/// Calibrates an imported detector on labelled events, chooses its thresholds, and takes them for its scope.
fn calibrate(loaded: &mut Loaded, files: &[PathBuf]) -> Outcome<()> {
    let (detector, counts) = with_labelled(loaded, files, |corpus, _| {
        let decided: Vec<u32> = (0_u32..)
            .take(corpus.len())
            .filter(|at| corpus.labels[*at as usize].class().is_some())
            .collect();
        let model = &loaded.detector.model;
        let mut margins = Vec::with_capacity(decided.len());
        let (mut malicious, mut prices) = (Vec::new(), Vec::new());
        for at in &decided {
            let at = *at as usize;
            margins.push(model.log_odds(model.margin(corpus.rows.row(at), &[])));
            malicious.push(corpus.malicious[at]);
            prices.push(corpus.prices[at]);
        }
        let sheet = loaded.task.cost_sheet();
        let known = HeldOut::plain(&malicious, &prices);
        let calibrated = ringtrue_trial::calibrate(&margins, &known, &sheet).map_err(|error| {
            Failure::cannot_tell("the scores cannot be calibrated")
                .because(&error)
                .hint("give labelled events of both classes that the model was not trained on")
        })?;
        let positives = malicious.iter().filter(|malicious| **malicious).count() as u64;
        let counts = [positives, malicious.len() as u64 - positives];
        let mut detector = loaded.detector.clone();
        let probability = |margin: &f64| calibrated.calibration.probability(*margin);
        let scores: Vec<f64> = margins.iter().map(probability).collect();
        detector.calibration = calibrated.calibration;
        detector.operating = calibrated.operating;
        detector.nominal = calibrated.nominal;
        detector.scope = Some(Scope::of(&corpus.rows, &decided));
        detector.reference = Some(watching::frozen(&detector, corpus, (&decided, &scores))?);
        Ok((detector, counts))
    })?;
    loaded.detector = detector;
    let card = &mut loaded.detector.card;
    card.calibrated = true;
    card.fit = true;
    card.calibrated_on = counts;
    card.gaps.retain(|gap| !gap.starts_with("calibration:"));
    card.gaps.push("scope: what it covers is what the calibrating events covered, for its training data is not known".to_owned());
    Ok(())
}

/// Says what was read.
fn say(forest: &Forest, foreign: &ForeignTable, name: &str) {
    let form = match forest.format() {
        Format::LightGbmText => "LightGBM's text",
        Format::XgboostJson => "XGBoost's JSON",
        Format::XgboostUbjson => "XGBoost's UBJSON",
        Format::Onnx => "ONNX",
        _ => "a known form",
    };
    let link = match forest.link() {
        Link::Sigmoid { .. } => "log-odds",
        _ => "a number that is taken for a probability",
    };
    note(&format!(
        "{name}: {form}, {} over {}; its raw score is {link}",
        plural(forest.len(), "tree", "trees"),
        plural(forest.width(), "signal", "signals")
    ));
    if foreign.matching == Matching::Place {
        note(
            "assumed: the model names no signals, so they are the input's columns in their order, roles such as `label` apart",
        );
    }
}

/// Returns whether the name of a signal says no more than its place.
fn is_placeholder(place: usize, name: &str) -> bool {
    feature_list::placeholder(name) == Some(place)
}

/// Returns the columns that the model itself names.
fn named(forest: &Forest) -> Outcome<ForeignTable> {
    let names = forest.names();
    let says_nothing = names
        .iter()
        .enumerate()
        .all(|(place, name)| is_placeholder(place, name));
    let names: Vec<String> = if names.is_empty() {
        (0..forest.width())
            .map(|place| format!("f{place}"))
            .collect()
    } else {
        names.to_vec()
    };
    let columns = names
        .into_iter()
        .map(|name| ForeignColumn {
            meaning: format!("the value of `{name}`"),
            name,
            categories: Vec::new(),
            movable: Movable::Both,
            whole: false,
            attacker: None,
        })
        .collect();
    let matching = if says_nothing {
        Matching::Place
    } else {
        Matching::Name
    };
    with_categories(forest, ForeignTable { columns, matching })
}

/// Reads the list of signals beside a model: a CSV file with the column `feature` (the input's column), and where
/// known `name`, `attacker_up` (1: an attacker only raises it, 0: cannot move it) and `integer` (1: whole numbers only).
fn listed(path: &Path, forest: &Forest) -> Outcome<ForeignTable> {
    let cannot = || feature_list::cannot_use(path);
    let column = |listed: Feature| ForeignColumn {
        meaning: listed
            .name
            .unwrap_or_else(|| format!("the value of `{}`", listed.column)),
        categories: Vec::new(),
        movable: match listed.attacker_up.as_deref() {
            Some("1") => Movable::Up,
            Some("0") => Movable::No,
            _ => Movable::Both,
        },
        whole: listed.integer,
        attacker: None,
        name: listed.column,
    };
    let columns = feature_list::read(path)?.into_iter().map(column).collect();
    let columns = in_order(columns, forest).map_err(|cause| {
        let mut failure = Failure::new(cannot());
        failure.causes.push(cause);
        failure.hint("each signal of the model has one line, in the model's order or under the model's names")
    })?;
    let table = ForeignTable {
        columns,
        matching: Matching::Name,
    };
    with_categories(forest, table)
}

/// Puts listed columns into the model's order: by its names, or as they stand if it has none that say anything.
fn in_order(columns: Vec<ForeignColumn>, forest: &Forest) -> Result<Vec<ForeignColumn>, String> {
    if columns.len() != forest.width() {
        return Err(format!(
            "it lists {}, the model reads {}",
            plural(columns.len(), "signal", "signals"),
            forest.width()
        ));
    }
    let names = forest.names();
    let mut numbered = names.iter().enumerate();
    if names.is_empty() || numbered.all(|(place, name)| is_placeholder(place, name)) {
        return Ok(columns);
    }
    // The model may know its signals by the input's names, or by those that people read.
    let find = |name: &String| {
        let by_name = columns.iter().find(|column| column.name == *name);
        by_name.or_else(|| columns.iter().find(|column| column.meaning == *name))
    };
    let lacking: Vec<&str> = names
        .iter()
        .filter(|name| find(name).is_none())
        .map(String::as_str)
        .take(SHOWN)
        .collect();
    if lacking.is_empty() {
        return Ok(names
            .iter()
            .filter_map(|name| find(name).cloned())
            .collect());
    }
    Err(format!(
        "it lacks signals of the model: {}",
        lacking.join(", ")
    ))
}

/// Names shown of a longer list.
const SHOWN: usize = 10;

/// Gives columns the lists of categories that the model's file holds.
fn with_categories(forest: &Forest, mut table: ForeignTable) -> Outcome<ForeignTable> {
    for list in forest.categories() {
        let column = list
            .feature
            .and_then(|feature| table.columns.get_mut(feature));
        match column {
            Some(column) => column.categories.clone_from(&list.values),
            None => {
                return Err(Failure::new("the model's file does not tell which of its signals have the categories that it lists")
                    .hint("train on the categories' codes, and give the codes as input"));
            }
        }
    }
    Ok(table)
}

/// Returns how events are read for a model.
fn spec(foreign: ForeignTable, task: &Task) -> ReaderSpec {
    ReaderSpec {
        kind: Kind::Table,
        derived: task.derived.clone(),
        table: TableEncoder {
            columns: Vec::new(),
        },
        foreign: Some(foreign),
        habits: None,
        email: task.email.clone(),
        text: TextParameters::default(),
        limits: Limits::default(),
    }
}

fn detector(
    forest: Forest,
    reader: &SignalReader,
    task: &Task,
    text: String,
    model: &Path,
) -> Outcome<Detector> {
    let spec = serde_json::to_value(reader.spec())
        .or_fail(|| "cannot write down how events are read".to_owned())?;
    let name = if text.is_empty() {
        called(model)
    } else {
        task.name.clone()
    };
    Ok(Detector {
        operating: choose_thresholds(&[], &HeldOut::plain(&[], &[]), &task.cost_sheet()),
        calibration: Calibration::NONE,
        nominal: Vec::new(),
        schema: reader.schema().clone(),
        reader: spec,
        key: None,
        history: None,
        reference: None,
        scope: None,
        card: Card {
            name,
            task: task.digest(),
            dataset: Digest::of(forest.to_bytes()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: 0,
            trained_on: [0, 0],
            calibrated_on: [0, 0],
            trained_before: None,
            calibrated: false,
            fit: false,
            assumed: task.assumptions(),
            waived: Vec::new(),
            gaps: vec![
                "training: the model was trained elsewhere, on data that nobody here has seen".to_owned(),
                "calibration: its scores are the model's own and no probabilities; the thresholds take them for such".to_owned(),
                "trial: it was judged on nothing here".to_owned(),
            ],
        },
        model: Model {
            forest: Some(forest),
            linear_weight: 1.0,
            ..Model::default()
        },
        task: text,
    })
}
