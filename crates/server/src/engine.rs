//! The engine: one thread that scores what all requests bring, in the order in which it comes, and hands it to the verdict log.
//!
//! ```text
//!   requests ─► queue ─► score those that wait together ─► verdict log ─► each request is answered
//!                             │ the detector that read a request scores it, also while another takes over
//! ```
//!
//! The queue is bounded: a request that finds no room is told so at once. What users and hosts did is remembered from request to
//! request, and begins anew with the memory of a detector that takes over.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use ringtrue_core::{Action, Digest, Event, EventTime};
use tokio::sync::oneshot;

use crate::answer::{Answer, Detail};
use crate::batch::{Asked, Met, Scorer};
use crate::ledger::{Entry, Group, Ledger};
use crate::loaded::Loaded;
use crate::metrics::Metrics;
use crate::route::Route;
use crate::verdict::{DecidedBy, Decision, Shadow, VerdictId, VerdictRecord, check_of};
use ringtrue_store::log::PAYLOAD_BYTES_MAX;

/// Events that are scored together, at most about so many.
const TOGETHER: usize = 4_096;

/// The detectors of a moment: one decides, the others are asked and decide nothing.
pub struct Detectors {
    /// Decides.
    pub champion: Loaded,
    /// Decides of the canary's share of events ([`crate::canary`]), and is asked of the others.
    pub canary: Option<Loaded>,
    /// Are asked.
    pub shadows: Vec<Loaded>,
}

impl Detectors {
    /// Returns each of them with its role, the one that decides first.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Loaded)> {
        let canary = self.canary.iter().map(|loaded| ("canary", loaded));
        let shadows = self.shadows.iter().map(|loaded| ("shadow", loaded));
        std::iter::once(("champion", &self.champion))
            .chain(canary)
            .chain(shadows)
    }
}

/// Events that came together.
pub struct Job {
    /// The detectors that the events were read for.
    pub detectors: Arc<Detectors>,
    /// The events, each with its line for the log ([`crate::kept`]) if it is kept.
    pub events: Vec<(Event, Option<Vec<u8>>)>,
    /// What is told of each.
    pub detail: Detail,
    /// The way by which they came.
    pub route: Arc<Route>,
    /// What the request is called by.
    pub request: String,
    /// When it came.
    pub time: EventTime,
    /// Who waits.
    pub reply: oneshot::Sender<Reply>,
}

/// What is told of one event.
pub struct Told {
    /// What its verdict is called by.
    pub verdict: VerdictId,
    /// Who decided.
    pub decided_by: DecidedBy,
    /// What is said of it; its row counts from 0 in the job.
    pub answer: Answer,
}

/// What is told of each event, or why the log did not take the verdicts.
pub type Reply = Result<Vec<Told>, Arc<str>>;

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Too many wait.
    Busy,
    /// It is coming to its end.
    Ending,
}

/// The engine's handle.
pub struct Engine {
    shared: Arc<Shared>,
    sender: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    current: RwLock<Arc<Detectors>>,
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
}

impl Engine {
    /// Starts with these detectors; at most `waiting_max` requests wait.
    ///
    /// # Errors
    ///
    /// What the system says if no thread can be started.
    pub fn start(
        detectors: Detectors,
        ledger: Arc<Ledger>,
        metrics: Arc<Metrics>,
        waiting_max: usize,
    ) -> std::io::Result<Self> {
        let (sender, jobs) = sync_channel(waiting_max);
        let shared = Arc::new(Shared {
            current: RwLock::new(Arc::new(detectors)),
            ledger,
            metrics,
        });
        let working = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("engine".to_owned());
        let thread = thread.spawn(move || work(&working, &jobs))?;
        Ok(Self {
            shared,
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    /// Returns the detectors of this moment.
    #[must_use]
    pub fn detectors(&self) -> Arc<Detectors> {
        let current = self.shared.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets other detectors take over: requests that were read before are scored by those that read them.
    pub fn swap(&self, detectors: Detectors) {
        let current = self.shared.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = Arc::new(detectors);
        self.shared.metrics.swapped();
    }

    /// Hands over events.
    ///
    /// # Errors
    ///
    /// [`NotTaken`] if there is no room; nothing of the job is then scored or logged.
    pub fn submit(&self, job: Job) -> Result<(), NotTaken> {
        let sender = self.sender.as_ref().ok_or(NotTaken::Ending)?;
        sender.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => NotTaken::Busy,
            TrySendError::Disconnected(_) => NotTaken::Ending,
        })
    }
}

impl Drop for Engine {
    /// Scores what still waits.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told where it happened.
            drop(thread.join());
        }
    }
}

fn work(shared: &Shared, jobs: &Receiver<Job>) {
    let mut next = jobs.recv().ok();
    while let Some(first) = next.take() {
        next = with_one(shared, jobs, first);
    }
}

/// Scores jobs of one set of detectors; returns the first of another set, `None` at the end.
fn with_one(shared: &Shared, jobs: &Receiver<Job>, first: Job) -> Option<Job> {
    let detectors = Arc::clone(&first.detectors);
    let mut scoring = Scoring::new(&detectors);
    let mut next = Some(first);
    while let Some(first) = next.take() {
        let mut count = first.events.len();
        let mut together = vec![first];
        let mut other = None;
        while count < TOGETHER
            && let Ok(job) = jobs.try_recv()
        {
            if !Arc::ptr_eq(&job.detectors, &detectors) {
                other = Some(job);
                break;
            }
            count += job.events.len();
            together.push(job);
        }
        shared.metrics.together(together.len());
        scoring.score(shared, together);
        if other.is_some() {
            return other;
        }
        let job = jobs.recv().ok()?;
        if !Arc::ptr_eq(&job.detectors, &detectors) {
            return Some(job);
        }
        next = Some(job);
    }
    None
}

/// What one event came to.
struct Outcome {
    answer: Answer,
    decided_by: DecidedBy,
    entry: Entry,
    /// What shadows would have done instead.
    disagreeing: Vec<Action>,
}

/// Jobs that are scored together.
struct Together {
    /// The job of each event.
    from: Vec<usize>,
    /// What is logged of each event.
    lines: Vec<Option<Vec<u8>>>,
    waiting: Vec<Waiting>,
}

impl Together {
    /// Takes jobs apart; also returns their events, each with its place among all.
    fn of(jobs: Vec<Job>) -> (Vec<(u64, Event)>, Self) {
        let mut events = Vec::new();
        let mut together = Self {
            from: Vec::new(),
            lines: Vec::new(),
            waiting: Vec::with_capacity(jobs.len()),
        };
        for job in jobs {
            let at = together.waiting.len();
            for (event, line) in job.events {
                together.from.push(at);
                events.push((events.len() as u64, event));
                together.lines.push(line);
            }
            together.waiting.push(Waiting {
                route: job.route,
                request: job.request,
                detail: job.detail,
                time: job.time,
                reply: job.reply,
                outcomes: Vec::new(),
            });
        }
        (events, together)
    }

    /// Says what is done with an event, and what is logged of it: the canary decides of its share, the champion of the others.
    fn outcome(&self, champion: &Loaded, met: &Met<'_>, others: &Others) -> Outcome {
        let at = place(met);
        let who = self.of_event(at);
        let champion = Said::of(champion, met, self.detail(at));
        let canary = others.canary.get(at).cloned();
        let is_its = who.is_some_and(|it| it.route.chooser.chooses(met.id));
        let (said, other, decided_by) = match canary {
            Some(canary) if is_its => (canary, Some(champion), DecidedBy::Canary),
            canary => (champion, canary, DecidedBy::Detector),
        };
        let shadows = others.shadows.iter();
        let shadows = shadows.filter_map(|shadow| shadow.get(at).cloned());
        let shadows = other.iter().map(Said::as_shadow).chain(shadows);
        let mut answer = said.answer;
        let sample = who.and_then(|it| it.route.sampler.draw(met.id, met.event, answer.action));
        let decided_by = if sample.is_some_and(|draw| draw.drawn) {
            answer.action = Action::Review;
            DecidedBy::AuditSample
        } else {
            decided_by
        };
        let decision = Decision {
            request: who.map(|it| it.request.clone()).unwrap_or_default(),
            route: who.map(|it| it.route.name.clone()).unwrap_or_default(),
            event: Some(met.id.to_string()),
            detector: said.detector,
            margin: answer.margin.is_finite().then_some(answer.margin),
            score: Some(answer.score),
            action: answer.action,
            decided_by,
            habits: said.habits,
            shadows: shadows.collect(),
            sample,
        };
        let line = self.lines.get(at).and_then(Option::as_deref);
        Outcome {
            answer,
            decided_by,
            disagreeing: disagreements(&decision),
            entry: Entry {
                payload: payload(&decision, line),
                check: check_of(met.id),
            },
        }
    }

    /// Returns the job that the event at this place came in.
    fn of_event(&self, at: usize) -> Option<&Waiting> {
        self.from.get(at).and_then(|at| self.waiting.get(*at))
    }

    /// Returns what is told of the event at this place.
    fn detail(&self, at: usize) -> Detail {
        self.of_event(at)
            .map_or_else(Detail::default, |it| it.detail)
    }
}

/// What those said who are asked before the champion, each of all events.
struct Others {
    canary: Vec<Said>,
    shadows: Vec<Vec<Shadow>>,
}

/// What a detector that may decide says of an event.
#[derive(Clone)]
struct Said {
    detector: Option<Digest>,
    task: Digest,
    answer: Answer,
    habits: Vec<u32>,
}

impl Said {
    fn of(loaded: &Loaded, met: &Met<'_>, detail: Detail) -> Self {
        Self {
            detector: loaded.id,
            task: loaded.detector.card.task,
            answer: Answer::of(loaded, met, detail),
            habits: habits(loaded, met),
        }
    }

    /// Returns it as what another one, which decides, keeps of it.
    fn as_shadow(&self) -> Shadow {
        let answer = &self.answer;
        Shadow {
            detector: self.detector.unwrap_or(self.task),
            margin: answer.margin.is_finite().then_some(answer.margin),
            score: answer.score,
            action: answer.action,
        }
    }
}

/// The scorers of one set of detectors, with what they remember.
struct Scoring<'a> {
    detectors: &'a Detectors,
    champion: Scorer<'a>,
    canary: Option<Scorer<'a>>,
    shadows: Vec<Scorer<'a>>,
}

impl<'a> Scoring<'a> {
    fn new(detectors: &'a Detectors) -> Self {
        let scorer = |loaded: &'a Loaded| Scorer::new(loaded, Asked::MARGIN);
        Self {
            detectors,
            champion: scorer(&detectors.champion),
            canary: detectors.canary.as_ref().map(scorer),
            shadows: detectors.shadows.iter().map(scorer).collect(),
        }
    }

    fn score(&mut self, shared: &Shared, jobs: Vec<Job>) {
        let (events, mut together) = Together::of(jobs);
        let details = together.waiting.iter().map(|it| it.detail);
        let asked = details.fold(Detail::default(), Detail::or).asked();
        let others = Others {
            canary: self.canary(&events, asked, &together),
            shadows: self.shadows(&events),
        };
        self.champion.ask(asked);
        let champion = &self.detectors.champion;
        let scored = self
            .champion
            .score(events, |met| together.outcome(champion, met, &others));
        for ((outcome, _), at) in scored.into_iter().zip(&together.from) {
            shared.metrics.verdict(outcome.answer.action);
            for action in &outcome.disagreeing {
                shared.metrics.shadow_disagrees(*action);
            }
            if let Some(waiting) = together.waiting.get_mut(*at) {
                waiting.outcomes.push(outcome);
            }
        }
        for waiting in together.waiting {
            waiting.hand_over(&shared.ledger);
        }
    }

    /// Asks the canary of all events, so that it remembers all: which are its own is seen later.
    fn canary(&mut self, events: &[(u64, Event)], asked: Asked, together: &Together) -> Vec<Said> {
        let (Some(scorer), Some(loaded)) = (&mut self.canary, &self.detectors.canary) else {
            return Vec::new();
        };
        scorer.ask(asked);
        let told = scorer.score(events.to_vec(), |met| {
            Said::of(loaded, met, together.detail(place(met)))
        });
        told.into_iter().map(|(said, _)| said).collect()
    }

    /// Asks the shadows, each of all events.
    fn shadows(&mut self, events: &[(u64, Event)]) -> Vec<Vec<Shadow>> {
        let pairs = self.shadows.iter_mut().zip(&self.detectors.shadows);
        let told = pairs.map(|(scorer, loaded)| {
            let told = scorer.score(events.to_vec(), |met| {
                let scored = loaded.detector.answer(met.margin);
                Shadow {
                    detector: loaded.id.unwrap_or(loaded.detector.card.task),
                    margin: met.margin.is_finite().then_some(met.margin),
                    score: scored.score.probability(),
                    action: scored.action,
                }
            });
            told.into_iter().map(|(shadow, _)| shadow).collect()
        });
        told.collect()
    }
}

/// Returns the place of an event among those that are scored together.
fn place(met: &Met<'_>) -> usize {
    usize::try_from(met.row).unwrap_or(usize::MAX)
}

fn disagreements(decision: &Decision) -> Vec<Action> {
    let actions = decision.shadows.iter().map(|shadow| shadow.action);
    actions
        .filter(|action| *action != decision.of_detector())
        .collect()
}

/// Returns the bits of the row's signals of habits, which no replay could compute.
fn habits(loaded: &Loaded, met: &Met<'_>) -> Vec<u32> {
    let (width, row) = (loaded.reader.habits(), met.signals.row());
    let start = row.len().saturating_sub(width);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rows with habits are of 32 bits"
    )]
    let bits = (start..row.len()).map(|signal| (row.get(signal) as f32).to_bits());
    bits.collect()
}

fn payload(decision: &Decision, line: Option<&[u8]>) -> Vec<u8> {
    let record = VerdictRecord::to_payload(decision, line);
    match record {
        Ok(payload) if payload.len() <= PAYLOAD_BYTES_MAX => payload,
        // What is too large for the log is logged without its input: a replay says so.
        _ => VerdictRecord::to_payload(decision, None).unwrap_or_default(),
    }
}

/// A job whose events are scored.
struct Waiting {
    route: Arc<Route>,
    request: String,
    detail: Detail,
    time: EventTime,
    reply: oneshot::Sender<Reply>,
    outcomes: Vec<Outcome>,
}

impl Waiting {
    fn hand_over(self, ledger: &Ledger) {
        let outcomes = self.outcomes.into_iter();
        let (answers, entries): (Vec<(DecidedBy, Answer)>, Vec<Entry>) = outcomes
            .map(|it| ((it.decided_by, it.answer), it.entry))
            .unzip();
        let reply = self.reply;
        ledger.write(Group {
            time: self.time,
            entries,
            telling: self.route.telling,
            told: Box::new(move |names| {
                let rows = answers.into_iter().zip(0_u64..);
                let told = names.map(|names| {
                    let pairs = names.into_iter().zip(rows);
                    pairs
                        .map(|(verdict, ((decided_by, answer), row))| Told {
                            verdict,
                            decided_by,
                            answer: Answer { row, ..answer },
                        })
                        .collect()
                });
                // Whoever waited may have been told that the deadline passed.
                drop(reply.send(told));
            }),
        });
    }
}
