//! The plan of labelling as a page, as JSON and as a list: how late, how dear, what for, by whom, how long yet.

use ringtrue_core::metrics::{Rate, Unsupported};
use ringtrue_core::task::figures::{amount, count, significant};
use ringtrue_core::{Task, plural};
use ringtrue_label::plan::{
    Assigned, Balance, Claim, Claimed, Delay, Growth, Labeller, Labour, People, Spread, Verdict,
};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Form, Outcome as Answer,
    Reader, Section, Status, Table, Text, visible,
};
use serde_json::{Map, Value, json};

use crate::failure::Exit;

/// How late labels came.
pub(crate) struct Delays {
    /// The labels that hold.
    pub(crate) holds: Delay,
    /// Each method's first word on an event.
    pub(crate) by_method: Vec<(String, Delay)>,
    /// The labels that hold, by the source of the event; empty: without one.
    pub(crate) by_source: Vec<(String, Delay)>,
    /// Labelled events of which nobody says when they happened, or when their label was known.
    pub(crate) silent: u64,
}

/// What the next labels cost, and what all of recall is worth.
pub(crate) struct Priced {
    /// How many labels.
    pub(crate) labels: f64,
    /// Price of one look.
    pub(crate) review: f64,
    /// People who must look at an event, on average.
    pub(crate) people: f64,
    /// Price of the next labels.
    pub(crate) next: f64,
    /// Days for which labels pay.
    pub(crate) days: f64,
    /// Price of missing every malicious event for so many days.
    pub(crate) all_of_recall: f64,
}

/// What a page on the plan tells.
pub(crate) struct PlanTold<'a> {
    pub(crate) task: &'a Task,
    pub(crate) delays: Delays,
    pub(crate) labour: Vec<Labour>,
    pub(crate) people: People,
    pub(crate) claims: [Claim; 2],
    /// How recall grows, or why that cannot be told.
    pub(crate) growth: Result<Growth, String>,
    pub(crate) balance: Option<Balance>,
    pub(crate) priced: Priced,
    /// How many events the input holds: benign, malicious, others.
    pub(crate) observed: [u64; 3],
    /// Events with a label: benign, malicious.
    pub(crate) labelled: [u64; 2],
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
}

impl PlanTold<'_> {
    fn verdict(&self) -> Verdict {
        self.balance.map_or(Verdict::CannotTell, |it| it.verdict)
    }

    /// Returns the exit status: both answers are answers.
    pub(crate) fn exit(&self) -> Exit {
        match self.verdict() {
            Verdict::CannotTell => Exit::CannotTell,
            Verdict::Stop | Verdict::GoOn => Exit::Done,
        }
    }

    fn money(&self, value: f64) -> String {
        amount(value, &visible::line(&self.task.costs.currency))
    }

    /// Says whether to go on, and why.
    fn why(&self) -> String {
        let Priced { labels, days, .. } = self.priced;
        let labels = count(labels);
        let balance = match (self.balance, &self.growth) {
            (Some(balance), _) => balance,
            (None, Err(why)) => {
                return format!("cannot tell what the next {labels} labels buy: {why}");
            }
            (None, Ok(_)) => return format!("cannot tell what the next {labels} labels buy"),
        };
        let [low, high] = balance.interval.map(|end| self.money(end));
        let head = match balance.verdict {
            Verdict::Stop => "stop",
            Verdict::GoOn => "go on",
            Verdict::CannotTell => "cannot tell",
        };
        format!(
            "{head}: the next {labels} labels are worth {} ({low} to {high}) in {} days and cost {}",
            self.money(balance.worth),
            count(days),
            self.money(balance.cost),
        )
    }

    /// Returns at which false-positive rate recall is told, in a sentence.
    fn at_rate(&self, growth: &Growth) -> String {
        let operating = self.task.operating_rate().rate;
        if growth.rate > operating {
            format!(
                "Recall is told at a false-positive rate of {}, the lowest that {} judged benign events show; the task operates at {}.",
                significant(growth.rate),
                count(growth.judged[0] as f64),
                significant(operating)
            )
        } else {
            format!(
                "Recall is told at the false-positive rate at which the task operates: {}.",
                significant(growth.rate)
            )
        }
    }
}

/// Makes the document.
pub(crate) fn plan_document(told: &PlanTold<'_>) -> Document {
    let answer = match told.verdict() {
        Verdict::CannotTell => Answer::CannotTell,
        Verdict::Stop | Verdict::GoOn => Answer::Informs,
    };
    let status = Status::new(answer, told.why());
    let mut document = Document::new(format!("Label plan: {}", told.task.name), status);
    document.headline = headline(told);
    let texts = told.assumed.iter().map(|it| Text::plain(it.clone()));
    document.caveats.assumed = texts.collect();
    document.caveats.not_tested = NOT_TESTED.map(Text::plain).to_vec();
    let section = |id: &str, title: &str, blocks: Vec<Block>| Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks,
    };
    let lines = |lines: Vec<String>| -> Vec<Block> {
        let each = lines.into_iter();
        each.map(|it| Block::paragraph(Text::plain(it))).collect()
    };
    let mut next = lines(next_lines(told));
    next.extend(told.growth.as_ref().ok().map(|it| Block::Table(curve(it))));
    document.sections = vec![
        section("next", "What the next labels buy", next),
        section(
            "claims",
            "How many labels a claim needs",
            lines(claim_lines(told)),
        ),
        section("delay", "How late labels come", lines(delay_lines(told))),
        section(
            "people",
            "Who should look at what",
            lines(people_lines(told)),
        ),
    ];
    let [benign, malicious, others] = told.observed;
    let [labelled_benign, labelled_malicious] = told.labelled;
    document.facts = vec![
        Fact::new(
            "events",
            format!("{benign} benign, {malicious} malicious, {others} undecided as they came"),
        ),
        Fact::new(
            "labels that hold",
            format!("{labelled_benign} benign, {labelled_malicious} malicious"),
        ),
        Fact::new("rows set aside", told.set_aside.to_string()),
        Fact::new("task", told.task.digest().to_string()),
    ];
    document.data = Value::Object(plan_data(told));
    document
}

const NOT_TESTED: [&str; 3] = [
    "Whether the next labels are of the mix of those so far: what the queue picks holds more malicious events, and teaches more.",
    "Whether people see the same evidence: who was asked about harder events is right less often.",
    "What labels are worth beside what a detector learns from them: a claim that they support, an error that they mend.",
];

fn headline(told: &PlanTold<'_>) -> Vec<Figure> {
    let money = || Form::Money(told.task.costs.currency.clone());
    let gained = told.growth.as_ref().map(|it| it.gained);
    let recall = match gained {
        Ok((value, [low, high])) => Estimate::within(value, low, high),
        Err(why) => Estimate::unknown(why.clone()),
    };
    let worth = told.balance.map_or_else(
        || Estimate::unknown("nothing can be told of recall"),
        |it| Estimate::within(it.worth, it.interval[0], it.interval[1]),
    );
    let labels = count(told.priced.labels);
    vec![
        Figure::new(
            format!("recall that {labels} labels add"),
            recall,
            Form::Rate,
        ),
        Figure::new(format!("what {labels} labels are worth"), worth, money()),
        Figure::new(
            format!("what {labels} labels cost"),
            Estimate::exact(told.priced.next),
            money(),
        ),
    ]
}

fn curve(growth: &Growth) -> Table {
    let rows = growth.steps.iter().map(|step| {
        vec![
            Cell::from(step.learned as f64),
            Cell::from(step.recall),
            Cell::from(step.interval[0]),
            Cell::from(step.interval[1]),
        ]
    });
    Table {
        caption:
            "Recall on the later quarter of the labels, after learning parts of the earlier ones"
                .to_owned(),
        columns: vec![
            Column::new("labels learned", ColumnKind::Figure(Form::Count)),
            Column::new("recall", ColumnKind::Figure(Form::Rate)),
            Column::new("at least", ColumnKind::Figure(Form::Rate)),
            Column::new("at most", ColumnKind::Figure(Form::Rate)),
        ],
        rows: rows.collect(),
        note: "Models are smaller than a detector: what counts is how recall grows.".to_owned(),
    }
}

fn next_lines(told: &PlanTold<'_>) -> Vec<String> {
    let mut lines = vec![told.why()];
    if let Ok(growth) = &told.growth {
        let steps: Vec<String> = growth
            .steps
            .iter()
            .map(|it| format!("{:.3} with {}", it.recall, count(it.learned as f64)))
            .collect();
        lines.push(format!("Recall by labels learned: {}.", steps.join(", ")));
        lines.push(told.at_rate(growth));
    }
    lines
}

fn claim_lines(told: &PlanTold<'_>) -> Vec<String> {
    let line = |claim: &Claim| {
        let (what, class) = match claim.claimed {
            Claimed::FalsePositiveRate => (
                format!("a false-positive rate of {}", significant(claim.value)),
                "benign",
            ),
            Claimed::RecallWidth => (
                format!("a recall known within {} in all", significant(claim.value)),
                "malicious",
            ),
        };
        let rule = claim.rule_of_three.map_or_else(String::new, |rule| {
            format!(" (by the rule of three {})", count(rule))
        });
        let by = if claim.is_stated {
            "the task states"
        } else {
            "is assumed"
        };
        let lacking = if claim.lacking > 0.0 {
            format!(
                "{} {class} labels are lacking, of which a quarter is judged",
                count(claim.lacking)
            )
        } else {
            "no label is lacking".to_owned()
        };
        format!(
            "To show {what}, which {by}, {} {class} labels are judged{rule}; {} are. {lacking}.",
            count(claim.needed),
            count(claim.judged)
        )
    };
    told.claims.iter().map(line).collect()
}

fn delay_lines(told: &PlanTold<'_>) -> Vec<String> {
    let line = |name: &str, delay: &Delay| {
        let days = delay.days.map_or_else(
            || "too few to tell".to_owned(),
            |days| {
                format!(
                    "half within {} days, nine tenths within {}",
                    count(days.middle),
                    count(days.high)
                )
            },
        );
        let before = match delay.before {
            0 => String::new(),
            before => format!("; {} told as known before the event", count(before as f64)),
        };
        let events = plural(delay.events, "event", "events");
        format!("{name}: {days} ({events}{before})")
    };
    let mut lines = vec![line("Labels that hold", &told.delays.holds)];
    let methods = told.delays.by_method.iter();
    lines.extend(methods.map(|(method, delay)| line(&format!("By {method}"), delay)));
    let sources = told.delays.by_source.iter();
    lines.extend(
        sources
            .filter(|(source, _)| !source.is_empty())
            .map(|(source, delay)| line(&format!("From {}", visible::line(source)), delay)),
    );
    if told.delays.silent > 0 {
        let events = plural(told.delays.silent, "labelled event", "labelled events");
        lines.push(format!(
            "Of {events} nobody says when they happened, or when the label was known."
        ));
    }
    lines
}

fn people_lines(told: &PlanTold<'_>) -> Vec<String> {
    let mut lines: Vec<String> = told.labour.iter().map(labour_line).collect();
    lines.extend(told.people.labellers.iter().map(labeller_line));
    lines.extend(told.people.assigned.iter().map(assigned_line));
    lines.push(two_line(told));
    lines
}

fn labour_line(labour: &Labour) -> String {
    let minutes = labour.minutes.map_or_else(
        || "too few answers one after the other to tell how long one takes".to_owned(),
        |it| {
            format!(
                "half of the answers within {} minutes, nine tenths within {}",
                significant(it.middle),
                significant(it.high)
            )
        },
    );
    format!(
        "{}: {} in {}, {minutes}.",
        visible::line(&labour.who),
        plural(labour.labels, "label", "labels"),
        plural(labour.looks, "look", "looks"),
    )
}

fn labeller_line(labeller: &Labeller) -> String {
    let who = visible::line(&labeller.who);
    if labeller.asked == 0 {
        return format!(
            "{who}: nobody else decided what they labelled, so that nothing is known of how often they are right."
        );
    }
    let rates = labeller.by_subject.iter().filter_map(|(subject, rate)| {
        let rate = rate.as_ref().ok()?;
        let subject = visible::line(subject.words());
        Some(format!(
            "; {subject} {:.2} ({:.2} to {:.2})",
            rate.value, rate.low, rate.high
        ))
    });
    format!(
        "{who}: says what the others decided on {} of {}{}.",
        labeller.right,
        labeller.asked,
        rates.collect::<String>()
    )
}

fn assigned_line(assigned: &Assigned) -> String {
    let subject = visible::line(assigned.subject.words());
    if assigned.who.is_empty() {
        return format!(
            "Items that are {subject}: nobody was measured on enough of them; let two people look at the same ones."
        );
    }
    let who: Vec<String> = assigned.who.iter().map(|it| visible::line(it)).collect();
    format!(
        "Items that are {subject}: {}; nobody is shown to be better.",
        who.join(", ")
    )
}

fn two_line(told: &PlanTold<'_>) -> String {
    let stated = told.task.deciding.two_people_above.map_or_else(
        || "the task asks for two nowhere".to_owned(),
        |above| format!("the task asks for two above {}", told.money(above)),
    );
    match told.people.two_pay_above(told.priced.review) {
        Some((above, [low, high])) => format!(
            "A second look pays where a mistake costs more than {} ({} to {}); {stated}.",
            told.money(above),
            told.money(low),
            told.money(high)
        ),
        None => format!(
            "From where on a second look pays cannot be told: too few events were decided by others too; {stated}."
        ),
    }
}

/// Returns the plan as a terminal shows it.
pub(crate) fn plan_list(told: &PlanTold<'_>) -> String {
    let part = |title: &str, lines: Vec<String>| {
        let lines: Vec<String> = lines.iter().map(|it| format!("  {it}\n")).collect();
        format!("\n{title}\n{}", lines.concat())
    };
    [
        part("next labels", next_lines(told)),
        part("claims", claim_lines(told)),
        part("delay", delay_lines(told)),
        part("people", people_lines(told)),
    ]
    .concat()
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn plan_data(told: &PlanTold<'_>) -> Map<String, Value> {
    let priced = &told.priced;
    let growth = told.growth.as_ref().ok();
    let gained = growth.map(|it| interval(it.gained.0, it.gained.1));
    let worth = told.balance.map(|it| interval(it.worth, it.interval));
    let steps = growth.map(|it| {
        let step = |step: &ringtrue_label::plan::Step| {
            json!({ "learned": step.learned, "recall": interval(step.recall, step.interval) })
        };
        it.steps.iter().map(step).collect::<Vec<_>>()
    });
    let [benign, malicious, undecided] = told.observed;
    let fields = [
        ("verdict", json!(told.verdict().word())),
        ("why", json!(told.why())),
        (
            "next",
            json!({
                "labels": priced.labels,
                "cost": priced.next,
                "worth": worth,
                "recall_gained": gained,
                "reason": told.growth.as_ref().err(),
                "days": priced.days,
                "currency": told.task.costs.currency,
                "rate": growth.map(|it| it.rate),
                "rate_of_the_task": told.task.operating_rate().rate,
                "curve": steps,
            }),
        ),
        ("claims", told.claims.iter().map(claim_data).collect()),
        ("delay", delays_data(&told.delays)),
        (
            "cost",
            json!({
                "review": priced.review,
                "people_a_label": priced.people,
                "people": told.labour.iter().map(labour_data).collect::<Vec<_>>(),
            }),
        ),
        ("people", people_data(told)),
        (
            "labelled",
            json!({ "benign": told.labelled[0], "malicious": told.labelled[1] }),
        ),
        (
            "events",
            json!({ "benign": benign, "malicious": malicious, "undecided": undecided }),
        ),
        ("set_aside", json!(told.set_aside)),
        ("assumed", json!(told.assumed)),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn interval(value: f64, [low, high]: [f64; 2]) -> Value {
    json!({ "value": value, "low": low, "high": high })
}

fn claim_data(claim: &Claim) -> Value {
    json!({
        "claim": claim.claimed.word(),
        "value": claim.value,
        "stated": claim.is_stated,
        "needed": claim.needed,
        "rule_of_three": claim.rule_of_three,
        "judged": claim.judged,
        "lacking": claim.lacking,
    })
}

fn spread(spread: Option<Spread>) -> Value {
    spread.map_or(
        Value::Null,
        |it| json!({ "p10": it.low, "p50": it.middle, "p90": it.high }),
    )
}

fn delays_data(delays: &Delays) -> Value {
    let one = |delay: &Delay| json!({ "events": delay.events, "before_the_event": delay.before, "days": spread(delay.days) });
    let named = |by: &[(String, Delay)]| -> Map<String, Value> {
        let each = by.iter().map(|(name, delay)| (name.clone(), one(delay)));
        each.collect()
    };
    json!({
        "holds": one(&delays.holds),
        "by_method": named(&delays.by_method),
        "by_source": named(&delays.by_source),
        "unknown": delays.silent,
    })
}

fn labour_data(labour: &Labour) -> Value {
    json!({
        "who": labour.who,
        "labels": labour.labels,
        "looks": labour.looks,
        "minutes_a_look": spread(labour.minutes),
    })
}

fn rate_data(rate: &Result<Rate, Unsupported>) -> Value {
    match rate {
        Ok(rate) => interval(rate.value, [rate.low, rate.high]),
        Err(why) => json!({ "value": null, "reason": why.to_string() }),
    }
}

fn people_data(told: &PlanTold<'_>) -> Value {
    let labeller = |it: &Labeller| {
        let by = it.by_subject.iter();
        let by = by.map(|(subject, rate)| (subject.words().to_owned(), rate_data(rate)));
        json!({
            "who": it.who,
            "role": it.role,
            "labels": it.labels,
            "asked": it.asked,
            "right": it.right,
            "right_by_subject": by.collect::<Map<String, Value>>(),
        })
    };
    let assigned = |it: &Assigned| json!({ "items": it.subject.words(), "who": it.who });
    let pays = told.people.two_pay_above(told.priced.review);
    json!({
        "labellers": told.people.labellers.iter().map(labeller).collect::<Vec<_>>(),
        "assigned": told.people.assigned.iter().map(assigned).collect::<Vec<_>>(),
        "wrong_alone": rate_data(&told.people.wrong),
        "two_pay_above": pays.map(|(value, ends)| interval(value, ends)),
        "two_people_above": told.task.deciding.two_people_above,
    })
}
