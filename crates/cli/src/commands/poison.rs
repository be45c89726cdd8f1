//! `ringtrue poison`: how many planted events it takes to teach a detector wrong?

use std::collections::BTreeMap;
use std::sync::Arc;

use ringtrue_attack::poison::{Needed, Trigger, needed};
use ringtrue_core::random::Random;
use ringtrue_core::task::Reader;
use ringtrue_core::{Kind, Label};

use crate::args::Poison;
use crate::commands::ingest::LABELLED;
use crate::failure::{Exit, Failure, Outcome};
use crate::files::expand;
use crate::gathered::{Gathered, Way, pass};
use crate::journey::all_threads;
use crate::page::{self, PoisonTold};
use crate::poisoning::{
    Aim, Goal, Ground, Lesson, Screens, Taught, column_of_words, largest_family,
};
use crate::progress::Bar;
use crate::revealed::Revealed;

/// What was found out of one aim, with or without screens.
pub(crate) struct Poisoned {
    pub(crate) aim: Aim,
    pub(crate) screens: Screens,
    /// How many events are enough; `None` if a stated number was tried alone.
    pub(crate) needed: Option<Needed>,
    /// Every number of planted events that was tried, ascending.
    pub(crate) tried: Vec<Taught>,
}

/// Runs the verb.
pub(crate) fn run(arguments: &Poison) -> Outcome {
    let looking = &arguments.looking;
    let passed = pass(
        &Way {
            looking,
            files: &expand(&arguments.files)?,
            needed: &LABELLED,
            each: |gathered: &mut Gathered, row, view| gathered.observe(&view.event(), row),
        },
        |task| Gathered::new(task, arguments.sample as usize),
    )?;
    let (gathered, task) = (passed.kept, &passed.reading.task);
    gathered.check_labelled()?;
    let mut sentences = passed.sentences;
    sentences.extend(gathered.sentences());
    let ground = Ground {
        task,
        seed: looking.seed,
        threads: looking.threads.unwrap_or_else(all_threads),
        fpr: arguments.fpr,
        events: Ground::laid_out(gathered.finish()),
    };
    check_planted(arguments, &ground)?;
    let aims = aims(arguments, &ground)?;
    let bar = Bar::counter("training");
    let mut found = Vec::new();
    for aim in aims {
        for screens in [Screens::Off, Screens::On] {
            found.push(poisoned(arguments, &ground, (aim.clone(), screens), &bar)?);
        }
    }
    drop(bar);
    let told = PoisonTold {
        ground: &ground,
        found: &found,
        hidden: arguments.hidden,
        share_max: arguments.share_max,
        revealed: Revealed::new(task, looking.reader.map(Reader::from)),
        assumed: &sentences,
        set_aside: passed.set_aside,
    };
    page::hand_over(
        looking,
        &page::poison_document(&told),
        &page::poison_data(&told),
    )?;
    Ok(Exit::Done)
}

/// Refuses to plant more events than there are to learn from.
fn check_planted(arguments: &Poison, ground: &Ground<'_>) -> Outcome<()> {
    let teaching = ground.teaching();
    match arguments.planted {
        Some(planted) if planted as usize > teaching => Err(Failure::new(format!(
            "more events would be planted than there are to learn from: {planted}"
        ))
        .hint(format!("plant at most {teaching}, or give more events"))),
        _ => Ok(()),
    }
}

/// Returns what is tried: a backdoor where the events take a trigger, and hiding a family where one is known.
fn aims(arguments: &Poison, ground: &Ground<'_>) -> Outcome<Vec<Aim>> {
    let source = match &arguments.source {
        Some(name) => Some(known(ground, name)?),
        None => main_source(ground),
    };
    let mut goals = Vec::new();
    let is_table = ground.task.kind == Kind::Table;
    let column = is_table.then(|| column_of_words(ground)).flatten();
    if !is_table || column.is_some() {
        let mut random = Random::new(ground.seed);
        let trigger = Trigger::new(usize::from(arguments.words), &mut random);
        goals.push(Goal::Backdoor(trigger, column));
    }
    let family = match &arguments.family {
        Some(name) => Some(known_family(ground, name)?),
        None => largest_family(ground),
    };
    goals.extend(family.iter().cloned().map(Goal::Copies));
    goals.extend(family.into_iter().map(Goal::Flips));
    if goals.is_empty() {
        return Err(Failure::cannot_tell("there is nothing to hide").hint(
            "name the column of families in a task.toml: a table without a column of words takes no trigger",
        ));
    }
    Ok(goals
        .into_iter()
        .map(|goal| Aim {
            goal,
            source: source.clone(),
        })
        .collect())
}

/// Returns the source of a name.
fn known(ground: &Ground<'_>, name: &str) -> Outcome<Arc<str>> {
    let mut sources = ground
        .events
        .iter()
        .filter_map(|(it, _)| it.event.source.as_ref());
    let found = sources.find(|source| &***source == name);
    found.cloned().ok_or_else(|| {
        Failure::new(format!("no event comes from the source `{name}`"))
            .hint("`ringtrue vet` names the sources of the events")
    })
}

/// Returns the family of a name.
fn known_family(ground: &Ground<'_>, name: &str) -> Outcome<Arc<str>> {
    let mut families = ground
        .taught(Label::Malicious)
        .filter_map(|it| it.event.family.as_ref());
    let found = families.find(|family| &***family == name);
    found.cloned().ok_or_else(|| {
        Failure::new(format!("no malicious event to learn from is of the family `{name}`"))
            .hint("name the column of families in a task.toml; without `--family` the largest one is hidden")
    })
}

/// Returns the source with the most benign events; `None` if they say none.
fn main_source(ground: &Ground<'_>) -> Option<Arc<str>> {
    let mut counts: BTreeMap<&Arc<str>, u32> = BTreeMap::new();
    for source in ground
        .taught(Label::Benign)
        .filter_map(|it| it.event.source.as_ref())
    {
        *counts.entry(source).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(source, count)| (*count, std::cmp::Reverse(*source)));
    most.map(|(source, _)| Arc::clone(source))
}

/// Finds how many events are enough for an aim, or what comes of a stated number.
fn poisoned(
    arguments: &Poison,
    ground: &Ground<'_>,
    (aim, screens): (Aim, Screens),
    bar: &Bar,
) -> Outcome<Poisoned> {
    let lesson = Lesson {
        ground,
        aim: &aim,
        screens,
    };
    let mut tried: BTreeMap<u32, Taught> = BTreeMap::new();
    let mut teach = |planted: u32| -> Outcome<bool> {
        let taught = lesson.teach(planted)?;
        bar.advance(1);
        tried.insert(planted, taught);
        Ok(taught.hidden >= arguments.hidden)
    };
    let needed = match arguments.planted {
        Some(planted) => {
            teach(planted)?;
            None
        }
        None => Some(needed(aim.most(ground, arguments.share_max), teach)?),
    };
    Ok(Poisoned {
        screens,
        needed,
        tried: tried.into_values().collect(),
        aim,
    })
}
