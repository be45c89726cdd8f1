//! What is counted of mails. No label holds anything that a mail or a mail server may choose.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::connection::Ended;
use super::options::Answer;

/// Seconds from 100 microseconds to a minute: a verdict on a mail takes a millisecond, a deadline is up to some seconds.
const SECONDS: [f64; 15] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
    60.0,
];

type Labels = [(&'static str, &'static str); 1];

/// What is counted of mails and of the connections that they come by.
pub struct MilterMetrics {
    mails: Family<Labels, Counter>,
    broken: Family<Labels, Counter>,
    unread: Counter,
    answer_seconds: Histogram,
    connections: Gauge<i64, AtomicI64>,
}

impl Default for MilterMetrics {
    fn default() -> Self {
        Self {
            mails: Family::default(),
            broken: Family::default(),
            unread: Counter::default(),
            answer_seconds: Histogram::new(SECONDS),
            connections: Gauge::default(),
        }
    }
}

impl MilterMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "milter_mails",
            "Mails by what the mail server was told to do",
            self.mails.clone(),
        );
        registry.register(
            "milter_broken",
            "Connections that ended before the mail server ended them, by why",
            self.broken.clone(),
        );
        registry.register(
            "milter_unread",
            "Mails that are too large to be scored, or none",
            self.unread.clone(),
        );
        registry.register_with_unit(
            "milter_answer",
            "Time from the last byte of a mail to its answer",
            Unit::Seconds,
            self.answer_seconds.clone(),
        );
        registry.register(
            "milter_connections",
            "Connections of mail servers that are open",
            self.connections.clone(),
        );
    }

    pub(super) fn answered(&self, answer: Answer, took: Duration) {
        self.mails.get_or_create(&[("answer", answer.word())]).inc();
        self.answer_seconds.observe(took.as_secs_f64());
    }

    pub(super) fn unread(&self) {
        self.unread.inc();
    }

    pub(super) fn broken(&self, ended: Ended) {
        self.broken.get_or_create(&[("why", ended.word())]).inc();
    }

    pub(super) fn connected(&self, change: i64) {
        self.connections.inc_by(change);
    }
}
