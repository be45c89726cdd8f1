//! The binary form of a history, which a detector stores.
//!
//! ```text
//!   mark, format, key id ─► parameters ─► bounds ─► fleet ─► holders ─► entities, by rising number
//! ```
//!
//! Whole numbers are LEB128 (seven bits a byte, lowest first), keys and reals eight bytes, lowest first. Equal
//! histories give equal bytes. Bytes that are no history are refused, whatever they are; no more is held than
//! the bytes account for.

use std::collections::BTreeMap;

use ringtrue_core::EventTime;

use super::counts::Counts;
use super::entity::{Entity, HistoryParameters, Room};
use super::key::HistoryKey;
use super::state::{Bounds, History};

const MARK: &[u8; 8] = b"rt-habit";
const FORMAT: u64 = 1;

/// A history cannot be read or merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The bytes are something else.
    #[error("not a history of users and hosts")]
    NotAHistory,
    /// A later version wrote it.
    #[error("this history has a format that is not known here: {0}")]
    Format(u64),
    /// It is kept under another key, so that no name would be found in it.
    #[error("this history is kept under another key")]
    Key,
    /// It was kept under other parameters or limits.
    #[error("these histories were kept under different parameters or limits")]
    Parameters,
    /// The bytes break off or contradict themselves.
    #[error("this history is damaged, so many bytes before its end: {before}")]
    Damaged {
        /// How many bytes were not read yet.
        before: usize,
    },
}

impl History {
    /// Writes the history; the key is not part of it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::new());
        writer.0.extend_from_slice(MARK);
        writer.number(FORMAT);
        writer.0.extend_from_slice(&self.key_id());
        for value in reals(&self.parameters) {
            writer.real(value);
        }
        writer.number(self.parameters.guard_patience_names);
        for size in sizes(&self.bounds) {
            writer.number(size as u64);
        }
        writer.entity(&self.fleet);
        writer.counts(&self.holders);
        writer.number(self.entities.len() as u64);
        for (key, entity) in &self.entities {
            writer.0.extend_from_slice(&key.to_le_bytes());
            writer.entity(entity);
        }
        writer.0
    }

    /// Reads a history back that was kept under `key`.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if the bytes are no history, of a later format, kept under another key, or damaged.
    pub fn from_bytes(bytes: &[u8], key: HistoryKey) -> Result<Self, HistoryError> {
        let rest = bytes.strip_prefix(MARK);
        let mut reader = Reader(rest.ok_or(HistoryError::NotAHistory)?);
        let format = reader.number().ok_or(HistoryError::NotAHistory)?;
        if format != FORMAT {
            return Err(HistoryError::Format(format));
        }
        match reader.take::<8>() {
            Some(id) if id == key.id() => {}
            Some(_) => return Err(HistoryError::Key),
            None => return Err(reader.damaged()),
        }
        match reader.history(key) {
            Some(history) if reader.0.is_empty() => Ok(history),
            _ => Err(reader.damaged()),
        }
    }
}

const fn reals(parameters: &HistoryParameters) -> [f64; 8] {
    [
        parameters.prior_names,
        parameters.prior_pairs,
        parameters.memory_names,
        parameters.fleet_memory_names,
        parameters.recent_names,
        parameters.guard_bits,
        parameters.guard_after_names,
        parameters.burst_seconds,
    ]
}

const fn sizes(bounds: &Bounds) -> [usize; 7] {
    [
        bounds.event_names,
        bounds.entities,
        bounds.one.names,
        bounds.one.pairs,
        bounds.fleet.names,
        bounds.fleet.pairs,
        bounds.counts,
    ]
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(low_bits(value) | 0x80);
            value >>= 7;
        }
        self.0.push(low_bits(value));
    }

    fn real(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn time(&mut self, time: Option<EventTime>) {
        self.number(u64::from(time.is_some()));
        if let Some(time) = time {
            self.0.extend_from_slice(&time.0.to_le_bytes());
        }
    }

    fn counts(&mut self, counts: &Counts) {
        let parts = counts.parts();
        self.number(parts.len() as u64);
        for (key, weight) in parts {
            self.0.extend_from_slice(&key.to_le_bytes());
            self.number(u64::from(weight));
        }
    }

    fn entity(&mut self, entity: &Entity) {
        self.counts(&entity.names);
        self.counts(&entity.pairs);
        for count in entity.hours {
            self.number(u64::from(count));
        }
        for value in [entity.events, entity.order, entity.withheld] {
            self.number(value);
        }
        self.0.extend_from_slice(&entity.last_name.to_le_bytes());
        self.time(entity.first);
        self.time(entity.last);
        self.real(entity.recent);
        self.real(entity.burst);
    }
}

/// Returns the lowest seven bits.
const fn low_bits(value: u64) -> u8 {
    (value & 0x7f) as u8
}

/// Reads what a [`Writer`] wrote; `None` where the bytes are not that.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    const fn damaged(&self) -> HistoryError {
        HistoryError::Damaged {
            before: self.0.len(),
        }
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64_u32).step_by(7) {
            let [byte] = self.take()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit, and no number ends in an empty byte.
            if bits.checked_shl(shift)?.wrapping_shr(shift) != bits || (byte == 0 && shift > 0) {
                return None;
            }
            value |= bits.wrapping_shl(shift);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn key(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn real(&mut self) -> Option<f64> {
        self.take()
            .map(f64::from_le_bytes)
            .filter(|value| value.is_finite())
    }

    /// Reads a time into `time`, which stays as it is where there is none.
    fn time(&mut self, time: &mut Option<EventTime>) -> Option<()> {
        let is_there = self.number().filter(|mark| *mark <= 1)? == 1;
        if is_there {
            *time = Some(EventTime(i64::from_le_bytes(self.take()?)));
        }
        Some(())
    }

    /// Reads the entries of counts; grows as bytes come, not as the length claims.
    fn counts(&mut self, most: usize) -> Option<Counts> {
        let count = self.size().filter(|count| *count <= most)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push((self.key()?, self.small()?));
        }
        Counts::from_parts(parts)
    }

    fn entity(&mut self, room: Room) -> Option<Entity> {
        let mut entity = Entity {
            names: self.counts(room.names)?,
            pairs: self.counts(room.pairs)?,
            ..Entity::default()
        };
        for count in &mut entity.hours {
            *count = self.small()?;
        }
        entity.events = self.number()?;
        entity.order = self.number()?;
        entity.withheld = self.number()?;
        entity.last_name = self.key()?;
        self.time(&mut entity.first)?;
        self.time(&mut entity.last)?;
        entity.recent = self.real()?;
        entity.burst = self.real().filter(|burst| *burst >= 0.0)?;
        Some(entity)
    }

    fn parameters(&mut self) -> Option<HistoryParameters> {
        Some(HistoryParameters {
            prior_names: self.real()?,
            prior_pairs: self.real()?,
            memory_names: self.real()?,
            fleet_memory_names: self.real()?,
            recent_names: self.real()?,
            guard_bits: self.real()?,
            guard_after_names: self.real()?,
            burst_seconds: self.real()?,
            guard_patience_names: self.number()?,
        })
    }

    fn bounds(&mut self) -> Option<Bounds> {
        Some(Bounds {
            event_names: self.size()?,
            entities: self.size()?,
            one: Room {
                names: self.size()?,
                pairs: self.size()?,
            },
            fleet: Room {
                names: self.size()?,
                pairs: self.size()?,
            },
            counts: self.size()?,
        })
    }

    fn history(&mut self, key: HistoryKey) -> Option<History> {
        let parameters = self.parameters()?;
        let bounds = self.bounds()?;
        let fleet = self.entity(bounds.fleet)?;
        let holders = self.counts(bounds.fleet.names)?;
        let count = self.size().filter(|count| *count <= bounds.entities)?;
        let mut entities = BTreeMap::new();
        let mut held = 0_usize;
        for _ in 0..count {
            let number = self.key()?;
            let is_next = entities
                .last_key_value()
                .is_none_or(|(last, _)| *last < number);
            let entity = self.entity(bounds.one).filter(|_| is_next)?;
            held = held.saturating_add(entity.held());
            entities.insert(number, entity);
        }
        Some(History {
            key,
            parameters,
            bounds,
            entities,
            fleet,
            holders,
            held,
        })
    }
}
