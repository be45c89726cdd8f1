//! One column: what its values are, how many differ, which come often, and what its slices and sources hold.

use serde::{Deserialize, Serialize};

use super::block::{Block, Grouped, Grouping};
use super::distinct::Registers;
use super::frequent::{Frequent, Shown};
use super::hash;
use super::moments::Moments;
use super::number::Read;
use super::quantiles::Quantiles;

/// Groups into which words fall by their hash, where slices are compared.
pub(super) const BUCKETS: usize = 256;

/// What a slice holds of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Stratum {
    /// Events in which something stands.
    pub(super) present: u64,
    pub(super) moments: Moments,
    pub(super) quantiles: Quantiles,
    /// Words by hash; empty without words.
    pub(super) buckets: Vec<u64>,
}

impl Stratum {
    /// Takes in what another slice holds.
    pub(super) fn merge(&mut self, other: &Self) {
        self.present += other.present;
        self.moments.merge(&other.moments);
        self.quantiles.merge(&other.quantiles);
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
        } else {
            for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
                *mine += theirs;
            }
        }
    }

    fn count_word(&mut self, hash: u64) {
        self.buckets.resize(BUCKETS, 0);
        let place = usize::try_from(hash >> 56).unwrap_or(0);
        if let Some(bucket) = self.buckets.get_mut(place) {
            *bucket += 1;
        }
    }

    fn is_sound(&self) -> bool {
        let has_buckets = self.buckets.is_empty() || self.buckets.len() == BUCKETS;
        has_buckets && self.moments.is_sound() && self.quantiles.is_sound()
    }
}

/// What a source holds of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FromSource {
    pub(super) present: u64,
    pub(super) moments: Moments,
}

/// Values by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kinds {
    pub(super) booleans: u64,
    pub(super) numbers: u64,
    pub(super) times: u64,
    pub(super) words: u64,
}

impl Kinds {
    fn merge(&mut self, other: Self) {
        self.booleans += other.booleans;
        self.numbers += other.numbers;
        self.times += other.times;
        self.words += other.words;
    }
}

/// A column of all events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kinds: Kinds,
    /// `None` until a value stands.
    pub(super) registers: Option<Registers>,
    pub(super) frequent: Frequent,
    /// By the number of the slice.
    pub(super) strata: Vec<Option<Box<Stratum>>>,
    /// By the number of the source.
    pub(super) sources: Vec<FromSource>,
    /// Its number among the columns of which correlations are computed.
    pub(super) slot: Option<usize>,
    #[serde(skip)]
    buffer: Buffer,
}

/// The values of a block.
#[derive(Clone, Debug, Default)]
struct Buffer {
    /// NaN where no number stands.
    numbers: Vec<f64>,
    /// 0 where nothing stands.
    hashes: Vec<u64>,
    /// The events that hold words, with the ends of those in `text`.
    words: Vec<(usize, usize)>,
    text: String,
}

/// What a profile may hold of a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) values: usize,
    pub(super) text_bytes: usize,
}

impl Column {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kinds: Kinds::default(),
            registers: None,
            frequent: Frequent::default(),
            strata: Vec::new(),
            sources: Vec::new(),
            slot: None,
            buffer: Buffer::default(),
        }
    }

    /// Takes in the value of the event `row` of the block.
    pub(super) fn push(&mut self, row: usize, read: Read<'_>, room: Room) {
        let count = match read {
            Read::Missing => return,
            Read::Boolean(_) => &mut self.kinds.booleans,
            Read::Number(_) => &mut self.kinds.numbers,
            Read::Time(_) => &mut self.kinds.times,
            Read::Word(_) => &mut self.kinds.words,
        };
        *count += 1;
        self.fill(row);
        self.buffer.numbers.push(read.number());
        self.buffer.hashes.push(read.hash());
        let shown = match read {
            Read::Word(text) => text.split_at(text.floor_char_boundary(room.text_bytes)).0,
            Read::Boolean(truth) => {
                if truth {
                    "true"
                } else {
                    "false"
                }
            }
            _ => return,
        };
        self.buffer.text.push_str(shown);
        self.buffer.words.push((row, self.buffer.text.len()));
    }

    /// Says that nothing stands in the events up to `row`.
    fn fill(&mut self, row: usize) {
        self.buffer.numbers.resize(row, f64::NAN);
        self.buffer.hashes.resize(row, 0);
    }

    /// Returns the numbers of the block, NaN where none stands; `None` if none stands anywhere.
    pub(super) fn numbers(&mut self, rows: usize) -> Option<&[f64]> {
        if self.buffer.hashes.is_empty() {
            return None;
        }
        self.fill(rows);
        let any = self.buffer.numbers.iter().any(|number| !number.is_nan());
        any.then_some(&self.buffer.numbers)
    }

    /// Takes the block's values in, and adds them to the events' hashes.
    pub(super) fn flush(
        &mut self,
        block: &mut Block,
        grouping: &Grouping,
        by_month: bool,
        room: Room,
    ) {
        if self.buffer.hashes.is_empty() {
            return;
        }
        self.fill(block.len());
        self.count_values(block, room);
        let slices = if by_month {
            &grouping.fine
        } else {
            &grouping.coarse
        };
        self.count_slices(slices);
        self.count_sources(&grouping.sources);
        self.buffer.numbers.clear();
        self.buffer.hashes.clear();
        self.buffer.words.clear();
        self.buffer.text.clear();
    }

    fn count_values(&mut self, block: &mut Block, room: Room) {
        let Buffer {
            numbers,
            hashes,
            words,
            text,
        } = &self.buffer;
        let registers = self.registers.get_or_insert_with(Registers::of_column);
        let key = hash::of_text(&self.name);
        let mut words = words.iter().peekable();
        let mut from = 0;
        for (row, hash) in hashes.iter().enumerate() {
            if *hash == 0 {
                continue;
            }
            registers.observe(*hash);
            block.contents[row] = block.contents[row].wrapping_add(hash::of_field(key, *hash));
            let word = words.next_if(|(other, _)| *other == row);
            let to = word.map_or(from, |(_, to)| *to);
            self.frequent
                .observe(*hash, block.classes[row], room.values, || match word {
                    Some(_) => Shown::Word(text.get(from..to).unwrap_or_default().into()),
                    None => Shown::Number(numbers[row]),
                });
            from = to;
        }
    }

    fn count_slices(&mut self, slices: &Grouped<usize>) {
        let Buffer {
            numbers, hashes, ..
        } = &self.buffer;
        let mut run = Vec::with_capacity(numbers.len());
        for (slice, range) in &slices.groups {
            run.clear();
            let stratum = stratum_of(&mut self.strata, *slice);
            for row in slices.rows(range) {
                let (number, hash) = (numbers[*row], hashes[*row]);
                if !number.is_nan() {
                    run.push(number);
                } else if hash != 0 {
                    stratum.present += 1;
                    stratum.count_word(hash);
                }
            }
            stratum.present += run.len() as u64;
            stratum.moments.merge(&Moments::of(&run));
            stratum.quantiles.observe(&run);
        }
    }

    fn count_sources(&mut self, sources: &Grouped<Option<usize>>) {
        let Buffer {
            numbers, hashes, ..
        } = &self.buffer;
        let mut run = Vec::new();
        for (source, range) in &sources.groups {
            let Some(source) = *source else {
                continue;
            };
            if self.sources.len() <= source {
                self.sources.resize(source + 1, FromSource::default());
            }
            run.clear();
            let rows = sources.rows(range);
            run.extend(
                rows.iter()
                    .map(|row| numbers[*row])
                    .filter(|number| !number.is_nan()),
            );
            self.sources[source].present +=
                rows.iter().filter(|row| hashes[**row] != 0).count() as u64;
            self.sources[source].moments.merge(&Moments::of(&run));
        }
    }

    /// Takes in what another profile knows of this column; the lists say what its slices and sources are called here.
    pub(super) fn merge(&mut self, other: Self, slices: &[usize], sources: &[usize], room: Room) {
        self.kinds.merge(other.kinds);
        match (&mut self.registers, other.registers) {
            (Some(mine), Some(theirs)) => mine.merge(&theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
        self.frequent.merge(other.frequent, room.values);
        for (stratum, slice) in other.strata.into_iter().zip(slices) {
            if let Some(stratum) = stratum {
                stratum_of(&mut self.strata, *slice).merge(&stratum);
            }
        }
        for (theirs, source) in other.sources.iter().zip(sources) {
            if self.sources.len() <= *source {
                self.sources.resize(*source + 1, FromSource::default());
            }
            self.sources[*source].present += theirs.present;
            self.sources[*source].moments.merge(&theirs.moments);
        }
    }

    /// Returns its largest number, whatever the sign; 0 without numbers.
    pub(super) fn size(&self) -> f64 {
        let moments = self.strata.iter().flatten().map(|stratum| &stratum.moments);
        let sizes = moments.map(|moments| moments.min.abs().max(moments.max.abs()));
        sizes.fold(0.0, f64::max)
    }

    /// Gives its slices other numbers; those that get the same become one.
    pub(super) fn renumber(&mut self, slices: &[usize]) {
        for (stratum, slice) in std::mem::take(&mut self.strata).into_iter().zip(slices) {
            if let Some(stratum) = stratum {
                stratum_of(&mut self.strata, *slice).merge(&stratum);
            }
        }
    }

    /// Makes ready what was read from a document; returns whether it can be.
    pub(super) fn restore(&mut self) -> bool {
        let like = Registers::of_column();
        let sound_sources = self.sources.iter().all(|source| source.moments.is_sound());
        self.frequent.restore()
            && sound_sources
            && self
                .registers
                .as_ref()
                .is_none_or(|registers| registers.is_like(&like))
            && self
                .strata
                .iter()
                .flatten()
                .all(|stratum| stratum.is_sound())
    }
}

fn stratum_of(strata: &mut Vec<Option<Box<Stratum>>>, slice: usize) -> &mut Stratum {
    if strata.len() <= slice {
        strata.resize(slice + 1, None);
    }
    strata[slice].get_or_insert_default()
}
