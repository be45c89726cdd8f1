//! What came of policies of retraining, as a page and as JSON.

use ringtrue_core::{Task, plural};
use ringtrue_report::{
    Axis, Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Form, Marks,
    Outcome as Answer, Plot, Point, Reader, Role, Scale, Section, Series, Status, Table, Text,
};
use serde_json::{Map, Value, json};

use crate::args::SimulateLoop;
use crate::pursuing::{Mean, Played, Policy, Summed};

/// What a page on the loop tells.
pub(crate) struct LoopTold<'a> {
    pub(crate) task: &'a Task,
    pub(crate) arguments: &'a SimulateLoop,
    pub(crate) played: &'a [Played],
    pub(crate) summed: &'a [Summed],
}

/// What holds here and need not elsewhere, in sentences.
const ASSUMED: [&str; 5] = [
    "Events, attackers, late and wrong labels are simulated; each constant of the attackers is declared in the simulation's own files and holds for every policy.",
    "Whatever is not blocked is labelled sooner or later, by reports or by people who review it.",
    "An event that is drawn for the audit sample is reviewed rather than blocked, so that nothing is let through for the sample's sake; it counts as blocked in recall and false positives, and its review is paid.",
    "Detectors have a smaller forest than those of `run`; the latest tenth of each class calibrates, as in `run` where events are many.",
    "The oracle differs from the audited policy in one thing: it has the label of every event that was blocked.",
];

/// Makes the document.
pub(crate) fn loop_document(told: &LoopTold<'_>) -> Document {
    let status = Status::new(Answer::Informs, summary(told));
    let mut document = Document::new("Retraining in a closed loop", status);
    "what comes of each policy of retraining when attackers answer to the filter"
        .clone_into(&mut document.subtitle);
    document.caveats.assumed = ASSUMED.into_iter().map(Text::plain).collect();
    document.caveats.not_tested = vec![Text::plain(
        "attackers who poison labels or learn who is drawn for the audit sample: the draw hangs on a secret key",
    )];
    let section = |id: &str, title: &str, blocks: Vec<Block>| Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks,
    };
    let curves = vec![
        Block::Plot(plot(
            told,
            "Recall at the block threshold",
            ("true recall", Form::Percent),
            |it| &it.recall,
        )),
        Block::Plot(plot(
            told,
            "False positives",
            ("true false-positive rate", Form::Percent),
            |it| &it.fpr,
        )),
        Block::Plot(plot(
            told,
            "Cost",
            (
                "cost per 1,000 events",
                Form::Money(told.task.costs.currency.clone()),
            ),
            |it| &it.cost_per_1000,
        )),
    ];
    document.sections = vec![
        section(
            "policies",
            "What each policy comes to",
            vec![Block::Table(policies(told))],
        ),
        section("curves", "Cycle by cycle", curves),
        section(
            "recall",
            "Recall in figures",
            vec![Block::Table(by_cycle(told))],
        ),
    ];
    let arguments = told.arguments;
    document.facts = [
        (
            "seeds",
            format!("{} from {}", arguments.seeds, arguments.seed),
        ),
        ("cycles under a filter", arguments.cycles.to_string()),
        ("events a cycle", arguments.events.to_string()),
        ("cycles learned from", arguments.window.to_string()),
        ("events of an old family kept", arguments.floor.to_string()),
        (
            "share for the audit sample",
            arguments.audit_share.to_string(),
        ),
    ]
    .map(|(name, value)| Fact::new(name, value))
    .into();
    document.data = Value::Object(loop_data(told));
    document
}

/// Makes the figures for scripts.
pub(crate) fn loop_data(told: &LoopTold<'_>) -> Map<String, Value> {
    let arguments = told.arguments;
    let sheet = told.task.cost_sheet();
    let object = json!({
        "seeds": arguments.seeds,
        "first_seed": arguments.seed,
        "cycles": arguments.cycles,
        "events_per_cycle": arguments.events,
        "window_cycles": arguments.window,
        "family_floor": arguments.floor,
        "audit_share_max": arguments.audit_share,
        "costs": {
            "false_positive": sheet.false_positive,
            "false_negative": sheet.false_negative,
            "review": sheet.review,
            "currency": sheet.currency,
        },
        "malicious_share": sheet.malicious_share,
        "events_per_day": sheet.events_per_day,
        "alerts_per_day": sheet.alerts_per_day,
        "policies": told.summed,
        "played": told.played,
    });
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn summary(told: &LoopTold<'_>) -> String {
    let seeds = plural(told.arguments.seeds, "seed", "seeds");
    let of = |it: &Summed| {
        let lost = it.lost_last.filter(|_| it.policy != Policy::Oracle)?;
        Some(format!(
            "{} {:.1} points",
            it.policy.word(),
            100.0 * lost.value
        ))
    };
    let lost: Vec<String> = told.summed.iter().filter_map(of).collect();
    if lost.is_empty() {
        return format!("{seeds} were played; without the oracle nothing says what is lost");
    }
    format!(
        "recall lost against an oracle in cycle {}, the mean of {seeds}: {}",
        told.arguments.cycles,
        lost.join(", ")
    )
}

fn cell(mean: Option<Mean>) -> Cell {
    mean.map_or(Cell::Empty, |mean| {
        Cell::from(match (mean.low, mean.high) {
            (Some(low), Some(high)) => Estimate::within(mean.value, low, high),
            _ => Estimate::exact(mean.value),
        })
    })
}

fn policies(told: &LoopTold<'_>) -> Table {
    let row = |it: &Summed| -> Vec<Cell> {
        vec![
            it.policy.title().into(),
            cell(it.recall.last().copied()),
            cell(it.lost_last.filter(|_| it.policy != Policy::Oracle)),
            cell(it.lost_mean.filter(|_| it.policy != Policy::Oracle)),
            cell(it.fpr.last().copied()),
            cell(it.cost_per_1000.last().copied()),
            Cell::from(it.audit_share_max),
            cell(it.median_days),
            it.never_caught.map_or(Cell::Empty, Cell::from),
        ]
    };
    let percent = || ColumnKind::Figure(Form::Percent);
    let money = ColumnKind::Figure(Form::Money(told.task.costs.currency.clone()));
    Table {
        caption: format!("The last of {} cycles, means over seeds", told.arguments.cycles),
        columns: vec![
            Column::new("policy", ColumnKind::Text),
            Column::new("recall", percent()),
            Column::new("lost against the oracle", percent()),
            Column::new("lost, mean of all cycles", percent()),
            Column::new("FPR", percent()),
            Column::new("cost per 1,000", money),
            Column::new("largest audit share of a cycle", percent()),
            Column::new("median days to protect", ColumnKind::Figure(Form::Number)),
            Column::new("kits never caught", percent()),
        ],
        rows: told.summed.iter().map(row).collect(),
        note: "Recall and false positives are true ones, of the detector at its block threshold. Days count from a kit's first confirmed sample to the filter that blocks half of its events.".to_owned(),
    }
}

fn by_cycle(told: &LoopTold<'_>) -> Table {
    let mut columns = vec![Column::new("cycle", ColumnKind::Text)];
    let titles = told.summed.iter().map(|it| it.policy.title());
    columns.extend(titles.map(|title| Column::new(title, ColumnKind::Figure(Form::Percent))));
    let row = |cycle: usize| -> Vec<Cell> {
        let recalls = told
            .summed
            .iter()
            .map(|it| cell(it.recall.get(cycle).copied()));
        std::iter::once(Cell::from((cycle + 1).to_string()))
            .chain(recalls)
            .collect()
    };
    Table {
        caption: "True recall at the block threshold".to_owned(),
        columns,
        rows: (0..told.arguments.cycles as usize).map(row).collect(),
        note: "95 % intervals over seeds.".to_owned(),
    }
}

fn plot(
    told: &LoopTold<'_>,
    title: &str,
    (label, form): (&str, Form),
    figure: fn(&Summed) -> &Vec<Mean>,
) -> Plot {
    let points = |summed: &Summed| -> Vec<Point> {
        let each = figure(summed).iter().zip(1_u32..);
        each.map(|(mean, cycle)| {
            let point = Point::new(f64::from(cycle), mean.value);
            match (mean.low, mean.high) {
                (Some(low), Some(high)) => point.within(low, high),
                _ => point,
            }
        })
        .collect()
    };
    let series = |summed: &Summed| {
        let role = match summed.policy {
            Policy::Audited => Role::Main,
            Policy::Oracle => Role::Reference,
            _ => Role::Rival,
        };
        Series::new(
            summed.policy.title(),
            role,
            Marks::Line {
                points: points(summed),
            },
        )
    };
    let last = f64::from(told.arguments.cycles);
    Plot {
        title: title.to_owned(),
        description: format!(
            "The {label} of each policy in each cycle, means over seeds with 95 % intervals. All policies start with the same detector."
        ),
        x: Axis::new("cycle", Scale::Linear, Form::Count).range(1.0, last.max(2.0)),
        y: Axis::new(label, Scale::Linear, form),
        series: told.summed.iter().map(series).collect(),
        markers: Vec::new(),
    }
}
