//! Input files as a stream of events: the rim where inputs become events.
//!
//! ```text
//!   inputs ──open──► source ──mapping, build──► batches of events, set-aside rows
//! ```

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ringtrue_core::task::PrivacyRule;
use ringtrue_core::{Event, EventTime, Kind, Limits, PseudonymKey, Task, View};
use ringtrue_intake::mapping::{Role, Stated};
use ringtrue_intake::names::{check_privacy_names, unmatched};
use ringtrue_intake::reader::identifiers;
use ringtrue_intake::source::{
    Expected, Opening, Pace, Record, Rejected, Row, Source, open as open_text,
};
use ringtrue_intake::{EventBuilder, Mapping, guess_kind};

use crate::failure::{Failure, Outcome};
use crate::files::{open, unreadable};
use crate::lookup::authenticated;
use crate::progress::called;

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aside {
    /// The line on which it starts, or the row of a Parquet file; from 1.
    pub(crate) line: u64,
    /// Why.
    pub(crate) reason: String,
    /// What of it may be kept.
    pub(crate) content: String,
}

/// Some events of one file.
#[derive(Debug, Default)]
pub(crate) struct Portion {
    /// The events, each with the number of its row: 0 for the first one after the header.
    pub(crate) events: Vec<(u64, Event)>,
    /// The rows that were set aside.
    pub(crate) aside: Vec<Aside>,
    /// The names of the fields that they may have.
    pub(crate) fields: Arc<[Arc<str>]>,
    /// Whether later events of the file may have other fields as well.
    pub(crate) may_widen: bool,
    /// Whether the columns so far are all, or those of so many events that what is to be there would be there.
    pub(crate) is_telling: bool,
}

/// Records of a live input after which its columns tell what it holds; a file's first batch does.
const TELLING_RECORDS: usize = 100;

/// How input is read.
pub(crate) struct Reading {
    /// The task, stated or assumed.
    pub(crate) task: Task,
    /// Makes pseudonyms of private fields.
    pub(crate) key: PseudonymKey,
    /// When the input is read.
    pub(crate) now: EventTime,
    /// The columns that must be there.
    pub(crate) needed: Vec<Role>,
    /// Whether the other columns that the task names must be there too.
    pub(crate) stated: Stated,
}

/// What was assumed while reading, and the columns that were met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assumed {
    /// The assumptions, in sentences.
    pub(crate) sentences: BTreeSet<String>,
    /// Every column of the input.
    columns: BTreeSet<Arc<str>>,
    /// Every field that an event may have.
    pub(crate) fields: BTreeSet<Arc<str>>,
}

impl Assumed {
    fn meet(&mut self, columns: &[Arc<str>], fields: &[Arc<str>]) {
        self.columns.extend(columns.iter().cloned());
        self.fields.extend(fields.iter().cloned());
    }

    /// Refuses an input in which a privacy rule misses its column by a slip of the pen; to be asked before
    /// anything is kept.
    pub(crate) fn check_privacy(&self, task: &Task, file: &str) -> Outcome<()> {
        check_privacy_names(task, &self.columns).map_err(|error| {
            Failure::new(format!("nothing of `{file}` is kept"))
                .because(&error)
                .hint(error.hint())
        })
    }

    /// Adds what the names in the task come to, once the whole input was met: those that stand for no
    /// column, and the columns that no signal sees because they name events.
    pub(crate) fn settle_names(&mut self, task: &Task) {
        if self.columns.is_empty() {
            return;
        }
        let told = unmatched(task, &self.columns, &self.fields);
        self.sentences.extend(told.iter().map(ToString::to_string));
        let is_table = task.kind == Kind::Table;
        let ids = identifiers(task, &self.fields).filter(|_| is_table);
        let ids: Vec<String> = ids
            .map(|column| format!("no signal sees `{column}`, the input's own name for an event"))
            .collect();
        self.sentences.extend(ids);
    }
}

/// Returns the kind of the events in `file`, by its columns.
pub(crate) fn sniff_kind(file: &Path) -> Outcome<Kind> {
    // What is read from a pipe is gone, and nothing may be lost of it.
    if file == Path::new("-") || (file.exists() && !file.is_file() && !file.is_dir()) {
        return Err(
            Failure::new(format!("cannot look ahead on {}", called(file)))
                .hint("say what it holds: `--kind url`, `email`, `command`, `session` or `table`"),
        );
    }
    let mut source = open(file, Expected::Rows)?;
    let batch = source
        .next_batch()
        .map_err(|error| unreadable(file, &error))?;
    Ok(batch.map_or(Kind::Table, |batch| guess_kind(&batch.columns)))
}

/// A record, under the columns that are there by then and their roles.
pub(crate) type EachRecord<'a> = dyn FnMut(&[Arc<str>], &Mapping, &Record) + 'a;

/// Reads the first `most` records of a file as they are, before any rule acts.
pub(crate) fn read_records(
    file: &Path,
    task: &Task,
    most: Option<u64>,
    each: &mut EachRecord<'_>,
) -> Outcome<()> {
    let mut source = open(file, task.kind.into())?;
    let mut mapping = Mapping::default();
    let mut left = most.unwrap_or(u64::MAX);
    while let Some(batch) = source
        .next_batch()
        .map_err(|error| unreadable(file, &error))?
    {
        mapping.extend(&batch.columns, task);
        for record in &batch.records {
            if left == 0 {
                return Ok(());
            }
            left -= 1;
            each(&batch.columns, &mapping, record);
        }
    }
    Ok(())
}

/// Opens an input as its task wants it read.
fn open_for(file: &Path, reading: &Reading) -> Outcome<Box<dyn Source>> {
    let source = open(file, Expected::from(reading.task.kind))?;
    authenticated(source, &reading.task)
}

/// Reads one file batch by batch; `each` gets the events of a batch in order.
pub(crate) fn read_file(
    file: &Path,
    reading: &Reading,
    assumed: &mut Assumed,
    each: &mut dyn FnMut(Portion) -> Outcome<()>,
) -> Outcome<()> {
    let mut source = open_for(file, reading)?;
    read_source(file, &mut *source, reading, assumed, each)
}

/// Reads events that were typed: URLs or commands, rows as JSON objects, or a message.
pub(crate) fn read_text(
    text: &str,
    reading: &Reading,
    assumed: &mut Assumed,
    each: &mut dyn FnMut(Portion) -> Outcome<()>,
) -> Outcome<()> {
    let name = Path::new("the event");
    let bytes = io::Cursor::new(text.as_bytes());
    let opening = Opening {
        format: None,
        expected: reading.task.kind.into(),
        pace: Pace::Whole,
        limits: Limits::default(),
    };
    let source = open_text(Box::new(bytes), opening).map_err(|error| unreadable(name, &error))?;
    let mut source = authenticated(source, &reading.task)?;
    read_source(name, &mut *source, reading, assumed, each)
}

/// What is told of an input as it passes by.
pub(crate) trait Passing {
    /// An event, with the number of its row: 0 for the first one after the header.
    fn event(&mut self, row: u64, view: &View<'_>);

    /// A row that was set aside.
    fn aside(&mut self, aside: Aside);

    /// The end of some rows.
    fn pause(&mut self, met: &Met<'_>) -> Outcome<()>;
}

/// What was met of an input at the end of some rows.
pub(crate) struct Met<'a> {
    /// The names of the fields that events may have so far.
    pub(crate) fields: &'a Arc<[Arc<str>]>,
    /// Whether later ones may have others too.
    pub(crate) may_widen: bool,
    /// Whether the columns so far are all, or those of so many events that what is to be there would be there.
    pub(crate) is_telling: bool,
}

/// Passes the events of one file by, in order, without keeping them.
pub(crate) fn pass_file(
    file: &Path,
    reading: &Reading,
    assumed: &mut Assumed,
    passing: &mut dyn Passing,
) -> Outcome<()> {
    let mut source = open_for(file, reading)?;
    pass_source(file, &mut *source, reading, assumed, passing)
}

/// Keeps the events of a batch.
struct Keeping<'a> {
    portion: Portion,
    each: &'a mut dyn FnMut(Portion) -> Outcome<()>,
}

impl Passing for Keeping<'_> {
    fn event(&mut self, row: u64, view: &View<'_>) {
        self.portion.events.push((row, view.event()));
    }

    fn aside(&mut self, aside: Aside) {
        self.portion.aside.push(aside);
    }

    fn pause(&mut self, met: &Met<'_>) -> Outcome<()> {
        let mut portion = std::mem::take(&mut self.portion);
        portion.fields = Arc::clone(met.fields);
        portion.may_widen = met.may_widen;
        portion.is_telling = met.is_telling;
        (self.each)(portion)
    }
}

fn read_source(
    file: &Path,
    source: &mut dyn Source,
    reading: &Reading,
    assumed: &mut Assumed,
    each: &mut dyn FnMut(Portion) -> Outcome<()>,
) -> Outcome<()> {
    let portion = Portion::default();
    let mut keeping = Keeping { portion, each };
    pass_source(file, source, reading, assumed, &mut keeping)
}

fn pass_source(
    file: &Path,
    source: &mut dyn Source,
    reading: &Reading,
    assumed: &mut Assumed,
    passing: &mut dyn Passing,
) -> Outcome<()> {
    for column in source.left_out() {
        assumed.sentences.insert(format!(
            "the column `{column}` is not read, since it holds structures, or lists in lists"
        ));
    }
    let mut columns = Columns::new(file, reading, source.may_widen());
    let mut rows = 0;
    loop {
        let (mut widened, mut records) = (Ok(()), 0);
        let is_more = source.next_rows(&mut |names, row| {
            if widened.is_ok() && !columns.are(names) {
                widened = columns.widen(names, assumed);
            }
            if widened.is_ok() {
                records += usize::from(matches!(row, Row::Read(..)));
                columns.pass(rows, row, passing);
                rows += 1;
            }
        });
        widened?;
        if !is_more.map_err(|error| unreadable(file, &error))? {
            break;
        }
        columns.look(records)?;
        passing.pause(&Met {
            fields: &columns.fields,
            may_widen: columns.may_widen,
            is_telling: columns.is_telling(),
        })?;
    }
    if columns.builder.is_some() {
        columns.check()?;
    }
    let passed_over = source.passed_over().into_iter();
    assumed
        .sentences
        .extend(passed_over.map(|what| format!("{what} (in `{}`)", called(file))));
    tell_zones(file, columns.all_zones(), assumed);
    Ok(())
}

fn tell_zones(file: &Path, [stated, unstated]: [u64; 2], assumed: &mut Assumed) {
    if unstated > 0 {
        assumed.sentences.insert(if stated > 0 {
            format!(
                "times without a zone are UTC (in `{}`, {stated} state a zone and {unstated} do not)",
                file.display()
            )
        } else {
            "times without a zone are UTC".to_owned()
        });
    }
}

/// The columns of one file, which may come bit by bit, and their roles, which stay where they are.
struct Columns<'a> {
    file: &'a Path,
    reading: &'a Reading,
    may_widen: bool,
    /// Records that were met.
    records: usize,
    names: Arc<[Arc<str>]>,
    mapping: Mapping,
    fields: Arc<[Arc<str>]>,
    builder: Option<EventBuilder<'a>>,
    /// The zones of the times under the columns before.
    zones: [u64; 2],
}

impl<'a> Columns<'a> {
    fn new(file: &'a Path, reading: &'a Reading, may_widen: bool) -> Self {
        Self {
            file,
            reading,
            may_widen,
            records: 0,
            names: Arc::from([]),
            mapping: Mapping::default(),
            fields: Arc::from([]),
            builder: None,
            zones: [0; 2],
        }
    }

    /// Returns whether these are the columns that are known.
    fn are(&mut self, names: &Arc<[Arc<str>]>) -> bool {
        if self.builder.is_none() {
            return false;
        }
        if !Arc::ptr_eq(names, &self.names) {
            if **names != *self.names {
                return false;
            }
            self.names = Arc::clone(names);
        }
        true
    }

    /// Returns how many times stated their zone, and how many did not.
    fn all_zones(&self) -> [u64; 2] {
        let [stated, unstated] = self.builder.as_ref().map_or([0; 2], EventBuilder::zones);
        [self.zones[0] + stated, self.zones[1] + unstated]
    }

    /// Passes on what a row is: an event, or what is set aside.
    fn pass(&self, number: u64, row: Row<'_>, passing: &mut dyn Passing) {
        let Some(builder) = &self.builder else {
            return;
        };
        match row {
            Row::Read(line, cells) => match builder.view(cells) {
                Ok(view) => passing.event(number, &view),
                Err(refused) => passing.aside(Aside {
                    line,
                    reason: refused.reason,
                    content: refused.content,
                }),
            },
            Row::Rejected(rejected) => passing.aside(self.aside(rejected)),
        }
    }

    fn aside(&self, rejected: Rejected) -> Aside {
        Aside {
            line: rejected.line,
            reason: named(
                &self.reading.task,
                rejected.reason,
                rejected.column.as_deref(),
            ),
            content: String::new(),
        }
    }

    /// Takes in the columns that are there now, and starts a builder for events under them.
    fn widen(&mut self, names: &Arc<[Arc<str>]>, assumed: &mut Assumed) -> Outcome<()> {
        self.zones = self.all_zones();
        let (known, kind) = (self.names.len(), self.reading.task.kind);
        self.names = Arc::clone(names);
        self.mapping.extend(names, &self.reading.task);
        if !self.may_widen {
            self.check()?;
        }
        for (role, column) in &self.mapping.recognised {
            if *role != Role::Evidence || Some(&**column) != kind.evidence() {
                assumed.sentences.insert(format!(
                    "the column `{column}` is the {}",
                    role.called(kind)
                ));
            }
        }
        if known > 0 {
            for (role, column) in self.mapping.passed_over(names, known, kind) {
                assumed.sentences.insert(format!(
                    "the column `{column}` came after another was taken for the {}, and is a field",
                    role.called(kind)
                ));
            }
        }
        let builder = EventBuilder::new(
            &self.reading.task,
            self.reading.key.clone(),
            self.reading.now,
            Arc::clone(names),
            self.mapping.clone(),
            &Limits::default(),
        );
        self.fields = Arc::clone(builder.names());
        self.builder = Some(builder);
        assumed.meet(names, &self.fields);
        Ok(())
    }

    /// Counts more records, and checks that the evidence is among the columns once these tell: an input without
    /// it is not read to its end.
    fn look(&mut self, records: usize) -> Outcome<()> {
        let told = self.is_telling();
        self.records += records;
        if self.may_widen && !told && self.is_telling() {
            self.check_for(&[], Stated::Optional)?;
        }
        Ok(())
    }

    /// Returns whether the columns so far tell what the file holds.
    fn is_telling(&self) -> bool {
        let is_live = self.file == Path::new("-");
        !self.may_widen || self.records >= if is_live { TELLING_RECORDS } else { 1 }
    }

    /// Checks that what is needed is there.
    fn check(&self) -> Outcome<()> {
        self.check_for(&self.reading.needed, self.reading.stated)
    }

    fn check_for(&self, needed: &[Role], stated: Stated) -> Outcome<()> {
        let mut needed = needed.to_vec();
        if self.reading.task.kind != Kind::Table {
            needed.push(Role::Evidence);
        }
        self.mapping
            .check(&self.names, &self.reading.task, &needed, stated)
            .map_err(|error| {
                let file = self.file.display();
                Failure::new(format!("cannot tell the columns of `{file}`"))
                    .because(&error)
                    .hint(error.hint())
            })
    }
}

/// Names the column that a reason is about, if the privacy rules keep it.
fn named(task: &Task, reason: String, column: Option<&str>) -> String {
    match column {
        Some(column) if task.privacy_of(column) == PrivacyRule::Keep => {
            format!("{reason}: `{column}`")
        }
        _ => reason,
    }
}
