//! `ringtrue stopgap`: one confirmed sample protects at once, until a detector that learned from it is promoted.
//!
//! ```text
//!   event, confirmed by people ──► what else is like it: no known benign event ──► one entry of the audit log ──► servers stop what is like it
//! ```

use std::collections::BTreeSet;

use ringtrue_core::audit::{Entry, Lift, STOPGAPS_MAX, Stood, Stopgap, stopgaps};
use ringtrue_core::{Action, Event, EventTime, Label, plural};
use ringtrue_report::visible;
use ringtrue_store::Audit;
use serde_json::{Value, json};

use crate::args::{StopgapAdd, StopgapLift, StopgapList, StopgapVerb};
use crate::commands::{note, now, print, print_json};
use crate::decisions::Decisions;
use crate::failure::{Exit, Failure, Outcome};
use crate::registry::{Desk, Signer, read_people, unreadable};
use crate::stopgap::{Alike, Caught, Champions, Post, alone};

/// Events that a refusal names.
const NAMED_MAX: usize = 5;
/// Microseconds of a day.
const DAY: f64 = 86_400e6;

/// Runs the verb.
pub(crate) fn run(verb: &StopgapVerb) -> Outcome {
    match verb {
        StopgapVerb::Add(arguments) => add(arguments),
        StopgapVerb::Lift(arguments) => lift(arguments),
        StopgapVerb::List(arguments) => list(arguments),
    }
}

fn add(arguments: &StopgapAdd) -> Outcome {
    let people = read_people(arguments.by.people.as_deref())?;
    let signer = Signer::of(&arguments.by, people.as_ref(), now()?)?.ok_or_else(nobody)?;
    let post = Post::of(&arguments.beside)?;
    let decisions = Decisions::of(&post.records.store, &post.loaded.task, None)?;
    for sentence in decisions.sentences() {
        note(&format!("warning: {sentence}"));
    }
    let event = confirmed(&post, &decisions, arguments)?;
    let stopgap = stopgap(&post, &event, (arguments, &signer.person().name))?;
    let alike = post.records.alike(&stopgap, &decisions)?;
    if !alike.benign.is_empty() && !arguments.even_if_benign {
        return Err(would_stop_benign(&alike));
    }
    let desk = Desk {
        store: &post.records.store,
        signer: Some(&signer),
    };
    desk.write(|audit: &Audit, now| {
        if stopgap.until < now {
            return Err(
                Failure::new(format!("the stopgap ends before it begins: {}", stopgap.until))
                    .hint("give `--until` a day to come"),
            );
        }
        let all = stopgaps(&audit.entries, &stopgap.task);
        let others = all.iter().filter(|it| it.holds(now) && it.stopgap.event != stopgap.event);
        if others.count() >= STOPGAPS_MAX {
            return Err(Failure::new(format!(
                "{STOPGAPS_MAX} stopgaps of `{}` are in force, as many as may be",
                stopgap.task
            ))
            .hint("`ringtrue retrain` makes a detector that learned from them; `ringtrue stopgap lift` takes one back"));
        }
        Ok((vec![Entry::Stopped(stopgap.clone())], ()))
    })?;
    tell(arguments, &stopgap, &alike, alone(&post.loaded, &event))
}

/// Returns the event, if it is there and people called it malicious.
fn confirmed(post: &Post, decisions: &Decisions, arguments: &StopgapAdd) -> Outcome<Event> {
    let id = arguments.event;
    let found = post.records.events(&BTreeSet::from([id]))?.remove(&id);
    let mut event = found.ok_or_else(|| {
        Failure::new(format!(
            "neither the verdict log nor the store has the event {id}"
        ))
        .hint("`ringtrue ingest --store STORE FILE` keeps one; the log keeps events unless its configuration says otherwise")
    })?;
    let is_confirmed = decisions.is_confirmed(&event);
    decisions.settle(&mut event);
    if is_confirmed && event.label == Some(Label::Malicious) {
        return Ok(event);
    }
    let holds = match event.label {
        Some(label) if is_confirmed => format!("people called it {label}"),
        Some(label) => format!("it came as {label}, and nobody confirmed that"),
        None => "nobody said what it is".to_owned(),
    };
    Err(
        Failure::new(format!("the event {id} is no confirmed sample: {holds}")).hint(
            "`ringtrue label import`, `label review` and the server's feedback take what people say of events",
        ),
    )
}

fn stopgap(post: &Post, event: &Event, (arguments, by): (&StopgapAdd, &str)) -> Outcome<Stopgap> {
    let sketch = Stopgap::sketch(event).ok_or_else(|| {
        Failure::new(format!(
            "nothing tells which events are like one of the kind `{}` without a text",
            event.kind
        ))
        .hint("a rule of the proxy or the mail server in front of the detector can stop rows of a table")
    })?;
    Ok(Stopgap {
        task: post.task().to_owned(),
        event: arguments.event,
        sketch,
        alike_percent: arguments.alike,
        action: if arguments.review {
            Action::Review
        } else {
            Action::Block
        },
        family: (arguments.family.clone()).or_else(|| event.family.as_deref().map(str::to_owned)),
        confirmed: event.label_known.map_or_else(now, Ok)?,
        by: by.to_owned(),
        reason: arguments.reason.clone(),
        until: arguments.until,
    })
}

fn would_stop_benign(alike: &Alike) -> Failure {
    let count = alike.benign.len() as u64;
    let ids = alike.benign.iter().take(NAMED_MAX).map(ToString::to_string);
    let mut failure = Failure::new(format!(
        "it would stop {}: {}",
        plural(
            count,
            "event that is known to be benign",
            "events that are known to be benign"
        ),
        ids.collect::<Vec<_>>().join(", ")
    ))
    .hint("`--even-if-benign` stops them all the same, `--review` sends them to people");
    failure.exit = Exit::No;
    failure
}

fn tell(
    arguments: &StopgapAdd,
    stopgap: &Stopgap,
    alike: &Alike,
    (score, does): (f64, Action),
) -> Outcome {
    if does >= stopgap.action {
        note(&format!(
            "warning: the detector does {does} with it by itself: the stopgap changes nothing for the event itself"
        ));
    }
    note(&format!(
        "servers of the store {} what is like event {} until {}; known and like it: {} malicious, {} benign, {} that nobody spoke of",
        stopgap.action,
        stopgap.event,
        stopgap.until,
        alike.malicious,
        alike.benign.len(),
        alike.unknown
    ));
    if arguments.json {
        let mut data = of_stopgap(stopgap);
        data["format"] = json!(1);
        data["detector"] = json!({ "score": score, "action": does });
        data["alike"] = json!({
            "malicious": alike.malicious,
            "benign": alike.benign.len(),
            "unknown": alike.unknown,
        });
        print_json(&data)?;
    }
    Ok(Exit::Done)
}

fn of_stopgap(stopgap: &Stopgap) -> Value {
    json!({
        "event": stopgap.event,
        "task": stopgap.task,
        "family": stopgap.family,
        "action": stopgap.action,
        "alike_percent": stopgap.alike_percent,
        "confirmed": stopgap.confirmed.to_string(),
        "until": stopgap.until.to_string(),
        "by": stopgap.by,
        "reason": stopgap.reason,
    })
}

fn lift(arguments: &StopgapLift) -> Outcome {
    let people = read_people(arguments.by.people.as_deref())?;
    let signer = Signer::of(&arguments.by, people.as_ref(), now()?)?.ok_or_else(nobody)?;
    let post = Post::of(&arguments.beside)?;
    let desk = Desk {
        store: &post.records.store,
        signer: Some(&signer),
    };
    let lift = Lift {
        task: post.task().to_owned(),
        event: arguments.event,
        by: signer.person().name.clone(),
        reason: arguments.reason.clone(),
    };
    desk.write(|audit: &Audit, now| {
        let all = stopgaps(&audit.entries, &lift.task);
        let stands = |it: &Stood| it.stopgap.event == lift.event && it.holds(now);
        if !all.iter().any(stands) {
            return Err(Failure::new(format!(
                "no stopgap of `{}` on the event {} is in force",
                lift.task, lift.event
            ))
            .hint("`ringtrue stopgap list` names those that are"));
        }
        Ok((vec![Entry::Lifted(lift.clone())], ()))
    })?;
    note(&format!(
        "what is like event {} is stopped no longer",
        arguments.event
    ));
    Ok(Exit::Done)
}

/// A stopgap, what it did, and what came after it.
struct Line {
    stood: Stood,
    is_in_force: bool,
    stopped: u64,
    /// `None` also if the event is gone.
    caught: Option<Caught>,
}

fn list(arguments: &StopgapList) -> Outcome {
    let post = Post::of(&arguments.beside)?;
    let now = now()?;
    let audit = post.records.store.audit();
    let audit = audit.map_err(|error| unreadable(&post.records.store, &error))?;
    let all = stopgaps(&audit.entries, post.task());
    let events = post
        .records
        .events(&all.iter().map(|it| it.stopgap.event).collect())?;
    let stopped = post.records.stopped()?;
    let first = all.iter().map(|it| it.stopgap.confirmed).min();
    let champions = first
        .map(|first| Champions::of(&post.records.store, &audit.entries, (post.task(), first)))
        .transpose()?;
    let lines = all.into_iter().map(|stood| {
        let (stopgap, champions) = (&stood.stopgap, champions.as_ref());
        let event = events.get(&stopgap.event);
        Line {
            is_in_force: stood.holds(now),
            stopped: stopped.get(&stopgap.event).copied().unwrap_or(0),
            caught: event.and_then(|event| champions?.first(stopgap, event)),
            stood,
        }
    });
    let lines: Vec<Line> = lines.collect();
    if arguments.json {
        let each: Vec<Value> = lines.iter().map(Line::data).collect();
        print_json(&json!({ "format": 1, "task": post.task(), "stopgaps": each }))?;
    } else {
        print(&lines.iter().map(Line::text).collect::<String>())?;
    }
    Ok(Exit::Done)
}

impl Line {
    fn days_to(&self, time: EventTime) -> f64 {
        let passed = time.0.saturating_sub(self.stood.stopgap.confirmed.0);
        (passed as f64 / DAY).max(0.0)
    }

    fn data(&self) -> Value {
        let mut data = of_stopgap(&self.stood.stopgap);
        data["state"] = json!(self.state());
        data["since"] = json!(self.stood.since.to_string());
        data["lifted"] = json!(self.stood.lifted.map(|it| it.to_string()));
        data["stopped"] = json!(self.stopped);
        data["days_to_stopgap"] = json!(self.days_to(self.stood.since));
        data["caught_by"] = json!(self.caught.as_ref().map(|it| it.detector));
        data["caught_since"] = json!(self.caught.as_ref().map(|it| it.since.to_string()));
        data["days_to_detector"] = json!(self.caught.as_ref().map(|it| self.days_to(it.since)));
        data
    }

    const fn state(&self) -> &'static str {
        match (self.is_in_force, self.stood.lifted) {
            (true, _) => "in_force",
            (false, Some(_)) => "lifted",
            (false, None) => "ended",
        }
    }

    fn text(&self) -> String {
        let stopgap = &self.stood.stopgap;
        let caught = match &self.caught {
            Some(caught) => format!(
                "detector {} does so by itself, {:.1} days after it was confirmed",
                caught.detector.short(),
                self.days_to(caught.since)
            ),
            None => "no promoted detector does so by itself".to_owned(),
        };
        let line = format!(
            "{}  {}  {}  {} since {} until {}  stopped {}; {caught}; {}: {}",
            stopgap.event,
            self.state(),
            stopgap.family.as_deref().unwrap_or("-"),
            stopgap.action,
            self.stood.since,
            stopgap.until,
            self.stopped,
            stopgap.by,
            stopgap.reason
        );
        visible::line(&line) + "\n"
    }
}

fn nobody() -> Failure {
    Failure::new("nobody answers for it").hint("name who does, with `--by NAME --key FILE`")
}
