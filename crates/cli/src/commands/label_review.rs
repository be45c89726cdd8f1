//! `ringtrue label review`: the queue in the terminal, one key an answer, each kept before the next question.

use std::io::{self, IsTerminal};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ringtrue_core::{EventId, LabelEntry, Method, Task, plural};
use ringtrue_label::review::{Answer, Effect, Key, Session};
use ringtrue_store::Store;

use crate::args::LabelReview;
use crate::commands::{note, now};
use crate::decisions::Decisions;
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::label_queue::{self, Card};
use crate::label_store;
use crate::leasing;
use crate::screen;

/// What is said to have been looked at, where nobody notes more.
const EVIDENCE: &str = "the event, its reasons and its neighbours, in `label review`";

/// Runs the verb.
pub(crate) fn run(arguments: &LabelReview) -> Outcome {
    let path = arguments.queueing.store.as_deref();
    let path = path.ok_or_else(|| {
        Failure::new("a review needs a store that keeps its answers")
            .hint("name it with `--store`; `ringtrue ingest` makes one")
    })?;
    let person = arguments.queueing.person.clone();
    let person = person.ok_or_else(|| {
        Failure::new("nobody is named who reviews").hint("say who looks with `--for NAME`")
    })?;
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::new("a review needs a terminal")
            .hint("elsewhere, `label queue --items FILE` writes a file to fill in, and `label import` reads it"));
    }
    let store = label_store::existing(path)?;
    let (cards, task) = cards(arguments, &store)?;
    let cards = unanswered(cards, &store, &person, &task)?;
    if cards.is_empty() {
        note("nothing is left to look at");
        return Ok(Exit::Done);
    }
    let keeper = Keeper {
        store: &store,
        task,
        who: person,
        role: arguments.role.clone(),
        certainty: arguments.certainty,
        cards: &cards,
    };
    let session = watched(&keeper);
    if arguments.items.is_none() {
        let named = |card: &Card| [card.id].into_iter().chain(card.others.clone());
        let events = cards.iter().flat_map(named).collect();
        leasing::give_back(&store, &keeper.task.name, &keeper.who, events)?;
    }
    let session = session?;
    let counts = session.counts();
    note(&format!(
        "{} kept: {} malicious, {} benign, {} unsure; {} skipped",
        plural(
            (counts.malicious + counts.benign + counts.unsure) as u64,
            "answer",
            "answers"
        ),
        counts.malicious,
        counts.benign,
        counts.unsure,
        counts.skipped
    ));
    Ok(Exit::Done)
}

/// Returns the items, and the task that answers are for.
fn cards(arguments: &LabelReview, store: &Store) -> Outcome<(Vec<Card>, Task)> {
    let Some(path) = &arguments.items else {
        let made = label_queue::make(&arguments.queueing)?;
        note(&made.summary());
        return Ok((made.cards, made.task));
    };
    let task = label_store::task(store, &arguments.queueing.looking.reading)?;
    let cards = label_queue::read(path)?;
    match cards.iter().find(|card| card.task != task.name) {
        Some(other) => Err(Failure::new(format!(
            "the items of `{}` are for another task than `{}`: `{}`",
            path.display(),
            task.name,
            other.task
        ))),
        None => Ok((cards, task)),
    }
}

/// Leaves out what the reviewer has answered before, so that taking an answer back leaves nothing of theirs, and refuses items
/// that the store does not hold; others of a campaign that it does not hold are left out.
fn unanswered(
    mut cards: Vec<Card>,
    store: &Store,
    person: &str,
    task: &Task,
) -> Outcome<Vec<Card>> {
    use crate::commands::ingest::store_failure;
    let named = |card: &Card| [card.id].into_iter().chain(card.others.clone());
    let wanted = cards.iter().flat_map(named).collect();
    let held = store.held(&wanted);
    let held = held.map_err(|error| store_failure("cannot read the events", &error))?;
    if let Some(card) = cards.iter().find(|card| !held.contains(&card.id)) {
        return Err(Failure::new(format!(
            "the store `{}` holds no event `{}`",
            store.path().display(),
            card.id
        ))
        .hint("ingest the events first: labels are kept beside them"));
    }
    let decisions = Decisions::of(store, task, None)?;
    for sentence in decisions.sentences() {
        note(&format!("warning: {sentence}"));
    }
    let is_open = |id: &EventId| held.contains(id) && !decisions.has_word(id, person);
    cards.retain(|card| is_open(&card.id));
    for card in &mut cards {
        card.others.retain(is_open);
        card.campaign_size = card.others.len() + 1;
    }
    Ok(cards)
}

/// Who keeps answers.
struct Keeper<'a> {
    store: &'a Store,
    task: Task,
    who: String,
    role: String,
    certainty: f64,
    cards: &'a [Card],
}

impl Keeper<'_> {
    /// Stores answers; they are on the disk when this returns.
    fn keep(&self, answers: &[Answer]) -> Result<(), String> {
        let now = now().map_err(|failure| failure.what)?;
        let mut entries = Vec::new();
        for answer in answers {
            let Some(card) = self.cards.get(answer.item) else {
                continue;
            };
            let events: Vec<EventId> = if answer.others {
                card.others.clone()
            } else {
                vec![card.id]
            };
            let evidence = if answer.others {
                format!(
                    "nearly the same as {}, which was looked at in `label review`",
                    card.id
                )
            } else {
                EVIDENCE.to_owned()
            };
            entries.extend(events.into_iter().map(|event| LabelEntry {
                event,
                label: answer.label,
                certainty: self.certainty,
                who: self.who.clone(),
                role: self.role.clone(),
                evidence: evidence.clone(),
                note: answer.note.clone(),
                method: Method::Analyst,
                known: now,
                expires: None,
                task: self.task.meaning(),
            }));
        }
        for entry in &entries {
            entry.check().map_err(|error| error.to_string())?;
        }
        let appended = self.store.append_labels(&entries, now);
        appended.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// Runs the session on the terminal, which is given back whatever happens.
fn watched(keeper: &Keeper<'_>) -> Outcome<Session> {
    let mut terminal = ratatui::try_init().or_fail(|| "the terminal cannot be used".to_owned())?;
    let others = keeper.cards.iter().map(|card| card.others.len()).collect();
    let mut session = Session::new(others);
    let result = turns(&mut terminal, &mut session, keeper);
    ratatui::restore();
    result.or_fail(|| "the terminal cannot be used".to_owned())?;
    Ok(session)
}

fn turns(
    terminal: &mut ratatui::DefaultTerminal,
    session: &mut Session,
    keeper: &Keeper<'_>,
) -> io::Result<()> {
    loop {
        terminal.draw(|frame| screen::draw(frame, session, keeper.cards))?;
        let Some(key) = read_key()? else { continue };
        match session.press(key) {
            Effect::Draw => {}
            Effect::Leave => return Ok(()),
            Effect::Keep(answers) => match keeper.keep(&answers) {
                Ok(()) => session.kept(),
                Err(why) => session.failed(&why),
            },
        }
    }
}

/// Waits for a key; `None` for what is none.
fn read_key() -> io::Result<Option<Key>> {
    let Event::Key(pressed) = event::read()? else {
        return Ok(None);
    };
    if pressed.kind == KeyEventKind::Release {
        return Ok(None);
    }
    let is_control = pressed.modifiers.contains(KeyModifiers::CONTROL);
    Ok(match pressed.code {
        KeyCode::Char('c' | 'd') if is_control => Some(Key::Interrupt),
        KeyCode::Char(_) if is_control => None,
        KeyCode::Char(letter) => Some(Key::Letter(letter)),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Backspace => Some(Key::Back),
        KeyCode::Esc => Some(Key::Escape),
        _ => None,
    })
}
