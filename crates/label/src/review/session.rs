//! The state of a review, and what each key does to it.

use std::collections::BTreeMap;

use ringtrue_core::Label;

/// A key, as a terminal tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter.
    Letter(char),
    /// Takes what was typed.
    Enter,
    /// Takes back the last letter.
    Back,
    /// Leaves without taking.
    Escape,
    /// Ends the program, whatever is going on.
    Interrupt,
}

/// What a session waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An answer about the item that is shown.
    Deciding,
    /// Whether the others of its campaign are the same.
    Proposing(Label),
    /// A note about the item.
    Noting(String),
    /// Nothing: every item was shown.
    Done,
    /// Nothing: somebody wants to leave.
    Left,
}

/// Something to store at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The item's number.
    pub item: usize,
    /// Whether it is about the others of the item's campaign, instead of the item itself.
    pub others: bool,
    /// The label; `None` takes the last one back.
    pub label: Option<Label>,
    /// What was noted.
    pub note: String,
}

/// What a key asks of whoever runs the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing but to draw anew.
    Draw,
    /// To store these answers, and then to call [`Session::kept`] or [`Session::failed`].
    Keep(Vec<Answer>),
    /// To end.
    Leave,
}

/// How many items were answered, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Called malicious.
    pub malicious: usize,
    /// Called benign.
    pub benign: usize,
    /// Called unsure.
    pub unsure: usize,
    /// Shown and left for later.
    pub skipped: usize,
}

/// What was done with an item, to be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    item: usize,
    label: Option<Label>,
    /// Whether the others were answered too.
    others: bool,
}

/// What is being stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Said(Step),
    OthersSaid(Step),
    Undone(Step),
}

/// A review of some items, one after the other.
#[derive(Clone, Debug)]
pub struct Session {
    /// How many others each item stands for.
    others: Vec<usize>,
    at: usize,
    mode: Mode,
    steps: Vec<Step>,
    notes: BTreeMap<usize, String>,
    pending: Option<Pending>,
    message: String,
}

/// Letters of a note, at most.
const NOTE_LETTERS_MAX: usize = 1_000;

impl Session {
    /// Starts with items that stand for so many others each.
    #[must_use]
    pub fn new(others: Vec<usize>) -> Self {
        let mode = if others.is_empty() {
            Mode::Done
        } else {
            Mode::Deciding
        };
        Self {
            others,
            at: 0,
            mode,
            steps: Vec::new(),
            notes: BTreeMap::new(),
            pending: None,
            message: String::new(),
        }
    }

    /// Returns the number of the item that is shown; the number of items if all were.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Returns what it waits for.
    #[must_use]
    pub const fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Returns the note on the item that is shown.
    #[must_use]
    pub fn note(&self) -> &str {
        self.notes.get(&self.at).map_or("", String::as_str)
    }

    /// Returns what is to be said beside the question; empty: nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Counts what was answered.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match step.label {
                Some(Label::Malicious) => counts.malicious += 1,
                Some(Label::Benign) => counts.benign += 1,
                Some(Label::Unsure) => counts.unsure += 1,
                None => counts.skipped += 1,
            }
        }
        counts
    }

    /// Takes a key. Keys that mean nothing here change nothing.
    pub fn press(&mut self, key: Key) -> Effect {
        if self.pending.is_some() {
            return Effect::Draw;
        }
        if key == Key::Interrupt {
            return self.leave();
        }
        self.message.clear();
        match std::mem::replace(&mut self.mode, Mode::Deciding) {
            Mode::Deciding => self.decide(key),
            Mode::Proposing(label) => self.propose(key, label),
            Mode::Noting(text) => self.write(key, text),
            Mode::Done => {
                self.mode = Mode::Done;
                self.end(key)
            }
            Mode::Left => self.leave(),
        }
    }

    fn decide(&mut self, key: Key) -> Effect {
        match key {
            Key::Letter('m') => self.say(Label::Malicious),
            Key::Letter('b') => self.say(Label::Benign),
            Key::Letter('u') => self.say(Label::Unsure),
            Key::Letter('s') => {
                self.done(Step {
                    item: self.at,
                    label: None,
                    others: false,
                });
                Effect::Draw
            }
            Key::Letter('n') => {
                self.mode = Mode::Noting(self.note().to_owned());
                Effect::Draw
            }
            other => self.end(other),
        }
    }

    /// Takes the keys that also mean something when all is done.
    fn end(&mut self, key: Key) -> Effect {
        match key {
            Key::Letter('z') => self.undo(),
            Key::Letter('q') => self.leave(),
            _ => Effect::Draw,
        }
    }

    fn leave(&mut self) -> Effect {
        self.mode = Mode::Left;
        Effect::Leave
    }

    fn say(&mut self, label: Label) -> Effect {
        let step = Step {
            item: self.at,
            label: Some(label),
            others: false,
        };
        self.pending = Some(Pending::Said(step));
        Effect::Keep(vec![self.answer(step, false, Some(label))])
    }

    fn propose(&mut self, key: Key, label: Label) -> Effect {
        match key {
            Key::Letter('y') => {
                let step = Step {
                    item: self.at,
                    label: Some(label),
                    others: true,
                };
                self.pending = Some(Pending::OthersSaid(step));
                Effect::Keep(vec![self.answer(step, true, Some(label))])
            }
            Key::Letter('n') | Key::Enter | Key::Escape => {
                self.advance();
                Effect::Draw
            }
            Key::Letter('z') => self.undo(),
            Key::Letter('q') => self.leave(),
            _ => {
                self.mode = Mode::Proposing(label);
                Effect::Draw
            }
        }
    }

    fn write(&mut self, key: Key, mut text: String) -> Effect {
        match key {
            Key::Letter(letter) => {
                if text.chars().count() < NOTE_LETTERS_MAX && !letter.is_control() {
                    text.push(letter);
                }
            }
            Key::Back => {
                text.pop();
            }
            Key::Enter => {
                self.notes.insert(self.at, text);
                return Effect::Draw;
            }
            Key::Escape | Key::Interrupt => return Effect::Draw,
        }
        self.mode = Mode::Noting(text);
        Effect::Draw
    }

    fn undo(&mut self) -> Effect {
        let Some(step) = self.steps.last().copied() else {
            "there is nothing to undo".clone_into(&mut self.message);
            self.rest();
            return Effect::Draw;
        };
        let mut answers = Vec::new();
        if step.label.is_some() {
            answers.push(self.answer(step, false, None));
        }
        if step.others {
            answers.push(self.answer(step, true, None));
        }
        self.pending = Some(Pending::Undone(step));
        if answers.is_empty() {
            self.kept();
            return Effect::Draw;
        }
        Effect::Keep(answers)
    }

    fn answer(&self, step: Step, others: bool, label: Option<Label>) -> Answer {
        Answer {
            item: step.item,
            others,
            label,
            note: self.notes.get(&step.item).cloned().unwrap_or_default(),
        }
    }

    /// Goes on after what [`Effect::Keep`] asked for is stored.
    pub fn kept(&mut self) {
        match self.pending.take() {
            Some(Pending::Said(step)) => {
                let has_others = self.others.get(step.item).is_some_and(|others| *others > 0);
                match step
                    .label
                    .filter(|label| label.class().is_some() && has_others)
                {
                    Some(label) => {
                        self.steps.push(step);
                        self.mode = Mode::Proposing(label);
                    }
                    None => self.done(step),
                }
            }
            Some(Pending::OthersSaid(step)) => {
                if let Some(last) = self.steps.last_mut() {
                    *last = step;
                }
                self.advance();
            }
            Some(Pending::Undone(step)) => {
                self.steps.pop();
                self.at = step.item;
                self.mode = Mode::Deciding;
                "the last answer was taken back".clone_into(&mut self.message);
            }
            None => {}
        }
    }

    /// Goes on after what [`Effect::Keep`] asked for could not be stored: nothing was answered.
    pub fn failed(&mut self, why: &str) {
        let pending = self.pending.take();
        self.mode = match pending {
            Some(Pending::OthersSaid(Step {
                label: Some(label), ..
            })) => Mode::Proposing(label),
            _ => Mode::Deciding,
        };
        self.rest();
        self.message = format!("this answer is not kept: {why}");
    }

    fn done(&mut self, step: Step) {
        self.steps.push(step);
        self.advance();
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1).min(self.others.len());
        self.mode = Mode::Deciding;
        self.rest();
    }

    /// Ends when there is no item left.
    fn rest(&mut self) {
        if self.at >= self.others.len() {
            self.mode = Mode::Done;
        }
    }
}
