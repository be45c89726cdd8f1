//! `ringtrue attack --distance`: what it costs at least to get each event past a detector, and how.

use std::io::{self, BufWriter};
use std::path::Path;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use ringtrue_attack::exact::{Cheapest, Measure, Moved, Reached, Side};
use ringtrue_attack::threat::{self, Assumed};
use ringtrue_core::signal::Movable;
use ringtrue_core::{Event, EventId, SignalSchema, plural};
use ringtrue_intake::Reading as Signals;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::{Attack, DistanceName, FromName};
use crate::commands::attack::{tell_threat, write};
use crate::commands::{clock, note, print};
use crate::detector_folder::Loaded;
use crate::evasion::{Patience, Prover, Target, Terms, allowed};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::feature_list::{self, Feature};
use crate::habits::Memory;
use crate::interrupt;
use crate::progress::Bar;
use crate::scoring::follow;

/// One row of the output.
#[derive(Serialize)]
struct Line {
    row: u64,
    id: EventId,
    /// Which side the event is on.
    from: &'static str,
    margin: f64,
    /// No change below this turns it over; `null` if none does at all.
    lower: Option<f64>,
    /// What the witness costs; `null` if there is none.
    upper: Option<f64>,
    exact: bool,
    /// The changed signals with their new values; `null` if there is none.
    witness: Option<Map<String, Value>>,
    ms: f64,
    #[serde(skip)]
    was: Vec<Moved>,
}

/// What is attacked, and how.
struct Attacked<'a> {
    prover: Prover<'a>,
    from: FromName,
    patience: Patience,
}

/// Runs the verb.
pub(crate) fn run(arguments: &Attack, loaded: &Loaded, distance: DistanceName) -> Outcome {
    let attacked = Attacked {
        prover: prover(arguments, loaded, distance)?,
        from: arguments.distances.from,
        patience: patience(arguments)?,
    };
    let task = &loaded.task.attacker;
    let mut threat = threat::lines(&attacked.prover.schema, task, Assumed::WORST);
    threat.extend(threat::text_line(
        &loaded.detector.model,
        arguments.distances.text,
    ));
    tell_threat(&threat, arguments.json)?;
    interrupt::heed()?;
    let mut memory = Memory::of(loaded);
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut lines, mut left_out) = (Vec::new(), 0_u64);
    let mut is_open = true;
    let bar = Bar::counter("attacking");
    let noted = follow(loaded, &arguments.file, &mut |batch| {
        let targets = targets(loaded, &attacked.prover, batch.events, &mut memory);
        for targets in targets.chunks(ROWS_AT_ONCE) {
            let found = targets.par_iter().map(|target| attacked.turn(target));
            for line in found.collect::<Vec<Option<Line>>>() {
                bar.advance(1);
                match line {
                    Some(line) if is_open => {
                        is_open = write(&mut out, &line, told, arguments.json)?;
                        lines.push(line);
                    }
                    _ => left_out += 1,
                }
            }
        }
        Ok(())
    })?;
    drop(bar);
    noted.tell(memory.sentences().into_iter());
    let rows = lines.len() as u64 + left_out;
    if arguments.json {
        note(&summary(&lines));
    } else if is_open {
        print(&format!("\n{}\n", summary(&lines)))?;
    }
    if left_out > 0 && is_open {
        note(&format!(
            "interrupted: {left_out} of {} not attacked",
            plural(rows, "row was", "rows were")
        ));
        return Ok(Exit::CouldNotRun);
    }
    Ok(Exit::Done)
}

/// Rows that are attacked before the first of them is printed.
const ROWS_AT_ONCE: usize = 64;

/// Lets every signal move freely: a distance then tells of the model alone, and compares with those of others.
fn set_free(schema: &mut SignalSchema) {
    for signal in &mut schema.signals {
        signal.attacker.movable = Movable::Both;
        signal.attacker.step = 0.0;
    }
}

/// Limits what the attacker may do to what was asked for.
fn limit(schema: &mut SignalSchema, listed: &[Feature], arguments: &Attack) -> Outcome<()> {
    if !arguments.distances.only_up.is_empty() {
        let raised = positions(schema, listed, &arguments.distances.only_up)?;
        for (position, signal) in schema.signals.iter_mut().enumerate() {
            signal.attacker.movable = if raised.contains(&position) {
                Movable::Up
            } else {
                Movable::No
            };
        }
    }
    let whole = match arguments.distances.integer.as_slice() {
        [path] if Path::new(path).is_file() => {
            let features = feature_list::read(Path::new(path))?;
            let whole = features.into_iter().filter(|feature| feature.integer);
            let whole: Vec<String> = whole.map(|feature| feature.column).collect();
            if whole.is_empty() {
                return Err(Failure::new(feature_list::cannot_use(Path::new(path)))
                    .hint("its column `integer` marks no signal by a 1"));
            }
            whole
        }
        names => names.to_vec(),
    };
    for position in positions(schema, listed, &whole)? {
        if let Some(signal) = schema.signals.get_mut(position) {
            signal.attacker.step = 1.0;
        }
    }
    Ok(())
}

/// Returns the columns of signals, by their names or by what people call them. Signals that the model knows by their place
/// only go by it, or by the names in a list of all signals.
fn positions(schema: &SignalSchema, listed: &[Feature], names: &[String]) -> Outcome<Vec<usize>> {
    let width = schema.signals.len();
    let by_place = schema.signals.iter().enumerate().all(|(place, signal)| {
        feature_list::placeholder(&signal.name).is_some_and(|number| number == place)
    });
    let position = |name: &String| {
        let meant = || {
            let mut signals = schema.signals.iter();
            signals.position(|signal| signal.meaning == *name)
        };
        let placed = || {
            let is_it = |one: &Feature| one.column == *name || one.name.as_ref() == Some(name);
            let line = listed.iter().position(is_it);
            let line = line.filter(|_| listed.len() == width);
            let place = line.or_else(|| feature_list::placeholder(name));
            place.filter(|place| by_place && *place < width)
        };
        let found = schema.position(name).or_else(meant).or_else(placed);
        found.ok_or_else(|| {
            Failure::new(format!("the detector has no signal of this name: {name}"))
                .hint("`ringtrue explain` names the signals of an event")
        })
    };
    names.iter().map(position).collect()
}

/// Reads what counts as a change by 1 of each signal.
fn units(path: &Path, schema: &SignalSchema, listed: &[Feature]) -> Outcome<Vec<f64>> {
    let mut units = vec![1.0; schema.signals.len()];
    for Feature {
        column: feature,
        scale,
        ..
    } in listed
    {
        let unit = scale.as_ref().and_then(|scale| scale.parse::<f64>().ok());
        let unit = unit.filter(|unit| unit.is_finite() && *unit > 0.0);
        let unit = unit.ok_or_else(|| {
            Failure::new(feature_list::cannot_use(path)).hint(format!(
                "the column `scale` has a number above 0 for each signal, and none for `{feature}`"
            ))
        })?;
        for position in positions(schema, listed, std::slice::from_ref(feature))? {
            if let Some(place) = units.get_mut(position) {
                *place = unit;
            }
        }
    }
    Ok(units)
}

/// Reads the signals of events.
fn targets(
    loaded: &Loaded,
    prover: &Prover<'_>,
    mut events: Vec<(u64, Event)>,
    memory: &mut Memory<'_>,
) -> Vec<Target> {
    let followed: Vec<&Event> = events.iter().map(|(_, event)| event).collect();
    let habits = memory.follow(&followed);
    let read = events.par_iter_mut().enumerate();
    read.map_init(Signals::default, |signals, (at, (row, event))| {
        let id = event.id();
        loaded.read_signals(event, signals);
        signals.set_habits(habits.of(at));
        prover.target(*row, id, signals)
    })
    .collect()
}

/// Returns how long each event is searched for.
pub(crate) fn patience(arguments: &Attack) -> Outcome<Patience> {
    let seconds = arguments.distances.seconds_per_row;
    let time = Duration::try_from_secs_f64(seconds);
    Ok(Patience::Time(
        time.or_fail(|| format!("no number of seconds: {seconds}"))?,
    ))
}

/// Reads what is asked for, of a distance.
pub(crate) fn prover<'a>(
    arguments: &Attack,
    loaded: &'a Loaded,
    distance: DistanceName,
) -> Outcome<Prover<'a>> {
    let distances = &arguments.distances;
    let mut schema = loaded.detector.schema.clone();
    if !matches!(distance, DistanceName::Cost) && !distances.declared {
        set_free(&mut schema);
    }
    let listed = match &distances.scale {
        Some(path) => feature_list::read(path)?,
        None => Vec::new(),
    };
    limit(&mut schema, &listed, arguments)?;
    let units = match &distances.scale {
        Some(path) => units(path, &schema, &listed)?,
        None => Vec::new(),
    };
    let terms = Terms {
        schema,
        measure: match distance {
            DistanceName::Linf => Measure::Largest,
            DistanceName::L1 => Measure::Sum,
            DistanceName::L2 => Measure::Euclidean,
            DistanceName::Cost => Measure::Minutes,
        },
        units,
        text: distances.text,
        allowed: allowed(&loaded.detector, arguments.threshold_margin)?,
    };
    Prover::new(loaded, terms)
}

impl Attacked<'_> {
    /// Attacks one event; `None` once somebody asked for an end.
    fn turn(&self, target: &Target) -> Option<Line> {
        if interrupt::requested() {
            return None;
        }
        let start = clock();
        let allowed = self.prover.allowed;
        let margin = self.prover.margin(target, &[])?;
        let is_flagged = margin > allowed;
        let side = if is_flagged || self.from == FromName::Malicious {
            Side::AtMost(allowed)
        } else {
            Side::Above(allowed)
        };
        let mut go_on = self.patience.begin();
        let found = self.prover.search(target, side, &mut go_on);
        let of = (target.row, target.id);
        Some(self.line(of, (margin, is_flagged), found, start))
    }

    fn line(
        &self,
        (row, id): (u64, EventId),
        (margin, is_flagged): (f64, bool),
        found: Cheapest,
        start: Instant,
    ) -> Line {
        let finite = |bound: f64| Some(bound).filter(|bound| bound.is_finite());
        Line {
            row,
            id,
            from: if is_flagged { "malicious" } else { "allowed" },
            margin,
            lower: finite(found.lower),
            upper: finite(found.upper),
            exact: found.reached == Reached::Proven,
            witness: found
                .upper
                .is_finite()
                .then(|| self.prover.shown(&found.witness)),
            ms: start.elapsed().as_secs_f64() * 1e3,
            was: found.witness,
        }
    }
}

/// Returns a line for people.
fn told(line: &Line) -> String {
    let number = |bound: f64| ringtrue_report::format::significant(bound, 4);
    let changes = line.witness.iter().flatten().zip(&line.was);
    let changes = changes.map(|((name, to), moved)| {
        let from = if to.is_null() {
            "hidden".to_owned()
        } else {
            moved.from.to_string()
        };
        format!("`{name}` {from} to {to}")
    });
    let how = changes.collect::<Vec<_>>().join(", ");
    let how = if how.is_empty() {
        String::new()
    } else {
        format!(": {how}")
    };
    let cost = match (line.lower, line.upper) {
        (None, _) => "no change turns it over".to_owned(),
        (Some(_), Some(upper)) if line.exact => format!("costs {}", number(upper)),
        (Some(lower), Some(upper)) => {
            format!("costs {} to {}", number(lower), number(upper))
        }
        (Some(lower), None) => format!("costs at least {}", number(lower)),
    };
    format!("row {} ({}): {cost}{how}", line.row, line.from)
}

/// Shares of the events for which it is told up to which cost they are certified.
const SHARES: [(f64, &str); 5] = [
    (0.9, "90 %"),
    (0.75, "75 %"),
    (0.5, "50 %"),
    (0.25, "25 %"),
    (0.1, "10 %"),
];

/// Says what the rows come to.
fn summary(lines: &[Line]) -> String {
    let flagged = lines.iter().filter(|line| line.from == "malicious");
    let mut lower: Vec<f64> = flagged
        .map(|line| line.lower.unwrap_or(f64::INFINITY))
        .collect();
    lower.sort_by(f64::total_cmp);
    let proven = lines.iter().filter(|line| line.exact).count();
    let head = format!(
        "{}, {proven} with a proven minimum; {} flagged",
        plural(lines.len() as u64, "event", "events"),
        lower.len()
    );
    let certified = SHARES.iter().filter_map(|(share, name)| {
        let at = ((1.0 - share) * lower.len() as f64).floor();
        let bound = lower
            .iter()
            .enumerate()
            .find(|(rank, _)| *rank as f64 >= at);
        let bound = bound.map(|(_, bound)| *bound)?;
        Some(if bound.is_finite() {
            let bound = ringtrue_report::format::significant(bound, 3);
            format!("{name} of the flagged events stay flagged at any cost below {bound}")
        } else {
            format!("{name} of the flagged events stay flagged at any cost")
        })
    });
    std::iter::once(head)
        .chain(certified)
        .collect::<Vec<_>>()
        .join("\n")
}
