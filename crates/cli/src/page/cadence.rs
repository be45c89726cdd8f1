//! Cadences beside each other as a page, as JSON and as a list: what each costs, how long new families were about, and which is recommended.

use ringtrue_core::task::figures::{amount, count, significant};
use ringtrue_core::{Task, plural};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Form, Outcome as Answer,
    Reader, Section, Status, Table, Text, visible,
};
use ringtrue_trial::cadence::{Compared, Protected, Weighed};
use ringtrue_trial::compare::ADay;
use serde_json::{Map, Value, json};

use crate::retraining::{CadenceDays, Grid, History, Planned, WindowDays};

/// What a training takes of people and money.
#[derive(Clone, Copy)]
pub(crate) struct Turned {
    pub(crate) looks: u32,
    /// Price of a look.
    pub(crate) review: f64,
    /// What it costs beside looks.
    pub(crate) beside: f64,
}

impl Turned {
    /// Returns what a training costs.
    pub(crate) fn cost(self) -> f64 {
        f64::from(self.looks) * self.review + self.beside
    }
}

/// What a page on cadences tells.
pub(crate) struct CadenceTold<'a> {
    pub(crate) task: &'a Task,
    pub(crate) history: &'a History,
    pub(crate) grid: &'a Grid,
    pub(crate) planned: &'a Planned,
    pub(crate) turned: Turned,
    pub(crate) floor: u32,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
}

/// One line of the table.
struct Line<'a> {
    cadence: CadenceDays,
    window: WindowDays,
    weighed: &'a Weighed,
    compared: Option<Compared>,
}

impl CadenceTold<'_> {
    fn money(&self, value: f64) -> String {
        amount(value, &visible::line(&self.task.costs.currency))
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let recommended = self.planned.recommended.as_ref();
        let each = self.planned.weighed.iter().enumerate();
        each.map(move |(place, (cadence, window, weighed))| Line {
            cadence: *cadence,
            window: *window,
            weighed,
            compared: recommended.and_then(|it| it.compared.get(place)).copied(),
        })
    }

    fn line(&self, place: usize) -> Option<Line<'_>> {
        self.lines().nth(place)
    }

    /// Says what is recommended, and why.
    fn why(&self) -> String {
        let Some(recommended) = &self.planned.recommended else {
            return format!(
                "cannot tell: {} days are too few for any of the cadences, or hold no events of both classes",
                count(self.days())
            );
        };
        let lines = (
            self.line(recommended.chosen),
            self.line(recommended.cheapest),
        );
        let (Some(chosen), Some(cheapest)) = lines else {
            return "cannot tell".to_owned();
        };
        let total = chosen.weighed.total();
        let (low, high) = total.interval();
        let [value, low, high] = [total.value, low, high].map(|it| self.money(it));
        let cost = format!(
            "train every {}, on {}: {value} a day ({low} to {high})",
            chosen.cadence,
            in_words(chosen.window)
        );
        let more = total.value - cheapest.weighed.total().value;
        if recommended.chosen == recommended.cheapest {
            return format!("{cost}, the least of all that came round twice");
        }
        format!(
            "{cost}; every {} on {} costs {} less, within one standard error",
            cheapest.cadence,
            in_words(cheapest.window),
            self.money(more)
        )
    }

    fn days(&self) -> f64 {
        let from = self.grid.starts.first();
        from.map_or(0.0, |from| self.grid.until.days_since(*from))
    }

    /// Returns the days that the recommended cadence has; `None` if none is recommended.
    fn suggested(&self) -> Option<u32> {
        let recommended = self.planned.recommended.as_ref()?;
        self.line(recommended.chosen)?.cadence.days()
    }

    fn then(&self) -> Option<String> {
        let days = self.suggested()?;
        (self.task.retraining.cadence_days != Some(f64::from(days))).then(|| {
            format!("the task could say `retraining.cadence_days = {days}`; it is not changed")
        })
    }

    /// Says how late labels are taken to be.
    fn delay(&self) -> String {
        let silent = self.history.silent;
        if silent.events == 0 {
            return "as the events say".to_owned();
        }
        let of = if silent.is_measured {
            "the median of the others"
        } else {
            "as stated"
        };
        format!(
            "{} days, {of}, for {} that do not say it",
            significant(silent.days),
            plural(silent.events, "event", "events")
        )
    }
}

fn in_words(window: WindowDays) -> String {
    match window {
        WindowDays::Last(days) => format!("the events of {days} days"),
        WindowDays::All => "all events".to_owned(),
    }
}

const ASSUMED: [&str; 5] = [
    "Detectors have a smaller forest than those of `run`; the latest tenth of each class calibrates, as in `run` where events are many. A challenger takes over at once: no gate stops it, and nobody is waited for.",
    "Each cadence is replayed from every step on which it may begin; what it costs is the mean, and all begin with the same detector.",
    "The past is taken for what is to come: attackers did not answer to these detectors.",
    "A reviewed event costs a review and nothing else. What a mistake costs does not hang on which detector made it.",
    "An interval is the wider of two: campaigns of near-duplicates, or whole months, may have been others.",
];

/// Makes the document.
pub(crate) fn cadence_document(told: &CadenceTold<'_>) -> Document {
    let answer = match told.planned.recommended {
        Some(_) => Answer::Informs,
        None => Answer::CannotTell,
    };
    let title = format!("How often to train: {}", told.task.name);
    let mut document = Document::new(title, Status::new(answer, told.why()));
    let assumed = ASSUMED.into_iter().map(Text::plain);
    let texts = told.assumed.iter().map(|it| Text::plain(it.clone()));
    document.caveats.assumed = assumed.chain(texts).collect();
    document.headline = headline(told);
    let section = |id: &str, title: &str, blocks: Vec<Block>| Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks,
    };
    document.sections = vec![section(
        "cadences",
        "What each cadence costs",
        vec![Block::Table(table(told))],
    )];
    if let Some(families) = families(told) {
        document.sections.push(section(
            "families",
            "Time to protect",
            vec![Block::Table(families)],
        ));
    }
    document.facts = facts(told);
    document.data = Value::Object(cadence_data(told));
    document
}

fn headline(told: &CadenceTold<'_>) -> Vec<Figure> {
    let chosen = told.planned.recommended.as_ref().map(|it| it.chosen);
    let chosen = chosen.and_then(|place| told.line(place));
    chosen.map_or_else(Vec::new, |line| {
        let money = Form::Money(told.task.costs.currency.clone());
        let mut cost = Figure::new("cost", estimate(line.weighed.total()), money);
        "a day".clone_into(&mut cost.unit);
        vec![cost]
    })
}

fn facts(told: &CadenceTold<'_>) -> Vec<Fact> {
    let [benign, malicious] = told.planned.events;
    let turned = told.turned;
    let mut facts = vec![
        Fact::new(
            "replayed",
            format!(
                "{} days: {benign} benign, {malicious} malicious events",
                count(told.days())
            ),
        ),
        Fact::new(
            "trainings",
            format!("{} of each window", told.grid.starts.len()),
        ),
        Fact::new("labels are known", told.delay()),
        Fact::new(
            "a training costs",
            format!(
                "{}: {} at {}, and {}",
                told.money(turned.cost()),
                plural(turned.looks, "look", "looks"),
                told.money(turned.review),
                told.money(turned.beside)
            ),
        ),
        Fact::new("events of an old family kept", told.floor.to_string()),
    ];
    let left = [
        ("left out, nobody decided", told.history.undecided),
        ("left out, without a time", told.history.timeless),
    ];
    let left = left.into_iter().filter(|(_, events)| *events > 0);
    facts.extend(left.map(|(name, events)| Fact::new(name, events.to_string())));
    let untrained = told.planned.untrained.iter();
    facts.extend(untrained.map(|(window, steps, why)| {
        let steps = plural(*steps as u64, "step", "steps");
        Fact::new(
            "not trained",
            format!("at {steps} on {}: {why}", in_words(*window)),
        )
    }));
    facts
}

fn estimate(cost: ADay) -> Estimate {
    let (low, high) = cost.interval();
    Estimate::within(cost.value, low, high)
}

fn table(told: &CadenceTold<'_>) -> Table {
    let money = || ColumnKind::Figure(Form::Money(told.task.costs.currency.clone()));
    let number = || ColumnKind::Figure(Form::Number);
    let row = |line: Line<'_>| -> Vec<Cell> {
        let protection = &line.weighed.protection;
        let days = match protection.median_days {
            Some(days) => Cell::from(days),
            None if protection.by_family.is_empty() => Cell::Empty,
            None => Cell::from(Estimate::unknown("half of the families were never caught")),
        };
        vec![
            line.cadence.to_string().into(),
            line.window.to_string().into(),
            Cell::from(line.weighed.trainings as f64),
            Cell::from(estimate(line.weighed.total())),
            Cell::from(line.weighed.training),
            line.compared
                .and_then(|it| it.more)
                .map_or(Cell::Empty, |more| Cell::from(estimate(more))),
            days,
            protection.passed.map_or(Cell::Empty, Cell::from),
            Cell::from(protection.never as f64),
            told_word(&line).into(),
        ]
    };
    Table {
        caption: "What each cadence would have cost a day, beside the recommended one".to_owned(),
        columns: vec![
            Column::new("trained every", ColumnKind::Text),
            Column::new("on", ColumnKind::Text),
            Column::new("trainings", ColumnKind::Figure(Form::Count)),
            Column::new("cost a day", money()),
            Column::new("of that for trainings", money()),
            Column::new("more than recommended", money()),
            Column::new("median days to protect", number()),
            Column::new("let through meanwhile, a family", number()),
            Column::new("families never caught", ColumnKind::Figure(Form::Count)),
            Column::new("", ColumnKind::Text),
        ],
        rows: told.lines().map(row).collect(),
        note: "95 % intervals. Days count from a new family's first confirmed sample to the training of a detector that lets less than half of its later events pass.".to_owned(),
    }
}

/// Says whether a line can be told of.
fn told_word(line: &Line<'_>) -> &'static str {
    match line.compared {
        Some(it) if it.is_told => "",
        _ => "too rare to tell",
    }
}

/// Returns the table of families under the recommended cadence, and under none; `None` without families.
fn families(told: &CadenceTold<'_>) -> Option<Table> {
    let chosen = told.planned.recommended.as_ref()?.chosen;
    let line = told.line(chosen)?;
    let protection = &line.weighed.protection;
    if protection.by_family.is_empty() {
        return None;
    }
    let row = |it: &Protected| -> Vec<Cell> {
        vec![
            visible::line(told.family(it)).into(),
            it.confirmed.date().into(),
            Cell::from(it.events as f64),
            it.days.map_or_else(
                || Cell::from(Estimate::unknown("never caught while it was about")),
                Cell::from,
            ),
            Cell::from(it.passed),
            Cell::from(it.cost),
        ]
    };
    Some(Table {
        caption: format!(
            "New families, trained every {} on {}",
            line.cadence,
            in_words(line.window)
        ),
        columns: vec![
            Column::new("family", ColumnKind::Text),
            Column::new("confirmed", ColumnKind::Text),
            Column::new("events", ColumnKind::Figure(Form::Count)),
            Column::new("days to protect", ColumnKind::Figure(Form::Number)),
            Column::new("passed meanwhile", ColumnKind::Figure(Form::Number)),
            Column::new(
                "cost",
                ColumnKind::Figure(Form::Money(told.task.costs.currency.clone())),
            ),
        ],
        rows: protection.by_family.iter().map(row).collect(),
        note: "Families of which at least five events came after the first was confirmed. What passed, and its price, is counted over the replayed events as they are.".to_owned(),
    })
}

impl CadenceTold<'_> {
    fn family(&self, protected: &Protected) -> &str {
        let name = self.planned.families.get(protected.family as usize);
        name.map_or("", |name| name)
    }
}

/// Returns the table as a terminal shows it.
pub(crate) fn cadence_list(told: &CadenceTold<'_>) -> String {
    let mut lines = vec![format!(
        "\n  {:<9} {:<9} {:>10}  {:>24}  {:>26}  {:>7}  {:>7}",
        "every", "on", "cost a day", "95 %", "more than recommended", "protect", "passed"
    )];
    for line in told.lines() {
        let total = line.weighed.total();
        let days = line.weighed.protection.median_days;
        let days = days.map_or_else(|| "-".to_owned(), |days| format!("{days:.0} d"));
        let passed = line.weighed.protection.passed;
        let passed = passed.map_or_else(|| "-".to_owned(), significant);
        let more = line
            .compared
            .and_then(|it| it.more)
            .map_or_else(String::new, |more| {
                format!("{} ({})", count(more.value), ends(more))
            });
        lines.push(format!(
            "  {:<9} {:<9} {:>10}  {:>24}  {more:>26}  {days:>7}  {passed:>7}  {}",
            line.cadence.to_string(),
            line.window.to_string(),
            count(total.value),
            ends(total),
            told_word(&line)
        ));
    }
    lines.extend(told.then().map(|then| format!("\nthen: {then}")));
    lines.join("\n") + "\n"
}

fn ends(cost: ADay) -> String {
    let (low, high) = cost.interval();
    format!("{} to {}", count(low), count(high))
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn cadence_data(told: &CadenceTold<'_>) -> Map<String, Value> {
    let (grid, planned) = (told.grid, told.planned);
    let [benign, malicious] = planned.events;
    let silent = told.history.silent;
    let recommended = planned.recommended.as_ref();
    let named = |place: usize| {
        let line = told.line(place)?;
        Some(json!({
            "cadence_days": line.cadence.days(),
            "window_days": line.window.days(),
            "cost_a_day": priced(line.weighed.total()),
        }))
    };
    let untrained = planned.untrained.iter().map(|(window, steps, why)| {
        json!({ "window_days": window.days(), "steps": steps, "reason": why })
    });
    let fields = [
        ("why", json!(told.why())),
        (
            "recommended",
            json!(recommended.and_then(|it| named(it.chosen))),
        ),
        (
            "cheapest",
            json!(recommended.and_then(|it| named(it.cheapest))),
        ),
        (
            "suggestion",
            json!({ "key": "retraining.cadence_days", "value": told.suggested(), "now": told.task.retraining.cadence_days }),
        ),
        ("cadences", told.lines().map(|it| line_data(&it)).collect()),
        ("families", families_data(told)),
        ("from", json!(grid.starts.first().map(ToString::to_string))),
        ("until", json!(grid.until.to_string())),
        ("step_days", json!(grid.step_days)),
        (
            "events",
            json!({ "benign": benign, "malicious": malicious, "undecided": told.history.undecided, "without_time": told.history.timeless }),
        ),
        (
            "label_delay",
            json!({ "silent": silent.events, "days": silent.days, "measured": silent.is_measured }),
        ),
        (
            "training",
            json!({ "looks": told.turned.looks, "review": told.turned.review, "beside": told.turned.beside, "cost": told.turned.cost(), "currency": told.task.costs.currency }),
        ),
        ("untrained", untrained.collect()),
        ("floor", json!(told.floor)),
        ("assumed", json!(told.assumed)),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A value with its interval; ends that are not known are null.
fn priced(cost: ADay) -> Value {
    let (low, high) = cost.interval();
    json!({ "value": cost.value, "low": low, "high": high })
}

fn line_data(line: &Line<'_>) -> Value {
    let protection = &line.weighed.protection;
    json!({
        "cadence_days": line.cadence.days(),
        "window_days": line.window.days(),
        "trainings": line.weighed.trainings,
        "told": line.compared.map(|it| it.is_told),
        "cost_a_day": priced(line.weighed.total()),
        "mistakes_a_day": line.weighed.mistakes.value,
        "trainings_a_day": line.weighed.training,
        "more_a_day": line.compared.and_then(|it| it.more).map(priced),
        "days_to_protect": protection.median_days,
        "families": protection.by_family.len(),
        "families_never_caught": protection.never,
        "passed_a_family": protection.passed,
    })
}

/// Returns the families, each with what every cadence came to for it.
fn families_data(told: &CadenceTold<'_>) -> Value {
    let Some(first) = told.lines().next() else {
        return json!([]);
    };
    // Which families are told of does not hang on the cadence.
    let each = first.weighed.protection.by_family.iter().enumerate();
    let of = |(place, family): (usize, &Protected)| {
        let by = told.lines().filter_map(|line| {
            let it = line.weighed.protection.by_family.get(place)?;
            Some(json!({
                "cadence_days": line.cadence.days(),
                "window_days": line.window.days(),
                "days": it.days,
                "passed": it.passed,
                "cost": it.cost,
            }))
        });
        json!({
            "family": told.family(family),
            "confirmed": family.confirmed.to_string(),
            "events": family.events,
            "by_cadence": by.collect::<Vec<_>>(),
        })
    };
    each.map(of).collect()
}
