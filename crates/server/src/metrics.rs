//! What is counted while serving, in the text format that Prometheus reads. No label holds anything that an input may choose.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use ringtrue_core::Action;

use crate::milter::MilterMetrics;

/// Seconds from 50 microseconds to 5 seconds: a verdict takes microseconds, a deadline is about a second.
const SECONDS: [f64; 15] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 5.0,
];

type Labels = [(&'static str, &'static str); 1];

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    /// What is counted of mails.
    pub(crate) milter: MilterMetrics,
    verdicts: Family<Labels, Counter>,
    shadows: Family<Labels, Counter>,
    refused: Family<Labels, Counter>,
    aside: Counter,
    late: Counter,
    answer_seconds: Histogram,
    sync_seconds: Histogram,
    sync_failures: Counter,
    swaps: Counter,
    alerts: Counter,
    alerts_lost: Counter,
    events_taken_out: Counter,
    connections: Gauge<i64, std::sync::atomic::AtomicI64>,
    together: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            milter: MilterMetrics::default(),
            verdicts: Family::default(),
            shadows: Family::default(),
            refused: Family::default(),
            aside: Counter::default(),
            late: Counter::default(),
            answer_seconds: Histogram::new(SECONDS),
            sync_seconds: Histogram::new(SECONDS),
            sync_failures: Counter::default(),
            swaps: Counter::default(),
            alerts: Counter::default(),
            alerts_lost: Counter::default(),
            events_taken_out: Counter::default(),
            connections: Gauge::default(),
            together: Gauge::default(),
            registry: Registry::with_prefix("ringtrue"),
        };
        metrics.register_verdicts();
        metrics.register_workings();
        metrics.milter.register(&mut metrics.registry);
        metrics
    }
}

impl Metrics {
    fn register_verdicts(&mut self) {
        let registry = &mut self.registry;
        let mut add = |name, help, counter: &Family<Labels, Counter>| {
            registry.register(name, help, counter.clone());
        };
        add("verdicts", "Verdicts by what was done", &self.verdicts);
        add(
            "shadow_disagreements",
            "Verdicts of which a shadow would have done something else, by what it would have done",
            &self.shadows,
        );
        add(
            "refused",
            "Requests that got no verdict, by code",
            &self.refused,
        );
        registry.register_with_unit(
            "answer",
            "Time from the last byte of a request to its answer",
            Unit::Seconds,
            self.answer_seconds.clone(),
        );
        registry.register_with_unit(
            "log_sync",
            "Time that the disk took for a group of verdicts",
            Unit::Seconds,
            self.sync_seconds.clone(),
        );
    }

    fn register_workings(&mut self) {
        let registry = &mut self.registry;
        let mut add = |name, help, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        add(
            "rows_set_aside",
            "Rows of requests that are no events",
            &self.aside,
        );
        add("late", "Requests of which the deadline passed", &self.late);
        add(
            "log_sync_failures",
            "Groups of verdicts that the disk did not take",
            &self.sync_failures,
        );
        add(
            "detector_swaps",
            "Times that another detector took over",
            &self.swaps,
        );
        add(
            "alerts",
            "Followed events of which people are told",
            &self.alerts,
        );
        add(
            "alerts_lost",
            "Alerts that the file or the webhook did not take",
            &self.alerts_lost,
        );
        add(
            "events_taken_out",
            "Events that the verdict log keeps no longer",
            &self.events_taken_out,
        );
        registry.register(
            "connections",
            "Connections that are open",
            self.connections.clone(),
        );
        registry.register(
            "requests_together",
            "Requests that were scored together last",
            self.together.clone(),
        );
    }
}

impl Metrics {
    /// Counts a verdict.
    pub fn verdict(&self, action: Action) {
        self.verdicts
            .get_or_create(&[("action", word(action))])
            .inc();
    }

    /// Counts a verdict of which a shadow would have done `action` instead.
    pub fn shadow_disagrees(&self, action: Action) {
        self.shadows
            .get_or_create(&[("action", word(action))])
            .inc();
    }

    /// Counts a request that got no verdict.
    pub fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&[("code", code)]).inc();
    }

    /// Counts rows that are no events.
    pub fn set_aside(&self, rows: u64) {
        self.aside.inc_by(rows);
    }

    /// Counts a request of which the deadline passed.
    pub fn late(&self) {
        self.late.inc();
    }

    /// Counts an answer and how long it took.
    pub fn answered(&self, took: Duration) {
        self.answer_seconds.observe(took.as_secs_f64());
    }

    /// Counts a group of verdicts that the disk took, or not.
    pub fn synced(&self, took: Duration, is_done: bool) {
        self.sync_seconds.observe(took.as_secs_f64());
        if !is_done {
            self.sync_failures.inc();
        }
    }

    /// Counts that another detector took over.
    pub fn swapped(&self) {
        self.swaps.inc();
    }

    /// Counts events that the log keeps no longer.
    pub fn taken_out(&self, events: u64) {
        self.events_taken_out.inc_by(events);
    }

    /// Counts an event of which people are told.
    pub fn alert(&self) {
        self.alerts.inc();
    }

    /// Counts an alert that the file or the webhook did not take.
    pub fn alert_lost(&self) {
        self.alerts_lost.inc();
    }

    /// Counts a connection that was opened, or that ended.
    pub fn connected(&self, change: i64) {
        self.connections.inc_by(change);
    }

    /// Says how many requests were scored together.
    pub fn together(&self, requests: usize) {
        self.together.set(requests as f64);
    }

    /// Returns it all as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing into a string does not fail.
            Err(_) => String::new(),
        }
    }
}

const fn word(action: Action) -> &'static str {
    match action {
        Action::Allow => "allow",
        Action::Review => "review",
        Action::Block => "block",
    }
}
