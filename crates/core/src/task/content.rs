//! What a task says, as plain values, and the questions the rest of ringtrue asks it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::assumptions::{KEYS, is_asked};
use super::attacker::Attacker;
use super::deciding::Deciding;
use super::gate::Gate;
use super::vetting::Vetting;
use super::words::{ColumnType, PrivacyRule, Reveal, Secrets};
use crate::audit::SignOffs;
use crate::cost::{CostOverride, CostSheet};
use crate::digest::{Digest, DigestBuilder};
use crate::event::{Kind, Trust};
use crate::label::Label;
use crate::label_entry::TaskName;

/// A task: the contract between the people who know the threat and those who train against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What the task is called.
    pub name: String,
    /// What an event is.
    pub kind: Kind,
    /// What is asked of each event, in one sentence; empty while nobody has said.
    pub question: String,
    /// What counts as malicious.
    pub malicious: Malicious,
    /// What counts as unsure.
    pub unsure: Unsure,
    /// The threats that are told apart, in the order given.
    pub families: Vec<Family>,
    /// Which label each word of the label column means; empty means: the usual words.
    pub labels: BTreeMap<String, Label>,
    /// How several labels of one event become one.
    #[serde(default, skip_serializing_if = "Deciding::is_silent")]
    pub deciding: Deciding,
    /// Where things stand in the input.
    pub columns: Columns,
    /// Derived columns, name and expression, in the order given: each may use those above it.
    pub derived: Vec<(String, String)>,
    /// Slices that are judged on their own, name and expression, in the order given.
    pub slices: Vec<(String, String)>,
    /// What mistakes cost.
    pub costs: Costs,
    /// What the detector will see.
    pub traffic: Traffic,
    /// What people and machines can bear.
    pub capacity: Capacity,
    /// Who attacks, and how.
    pub attacker: Attacker,
    /// Whose data each source is.
    pub trust: TrustRules,
    /// What happens to each field before anything is kept.
    pub privacy: PrivacyRules,
    /// How mail is read.
    pub email: EmailOptions,
    /// What is done about what vetting finds.
    #[serde(default, skip_serializing_if = "Vetting::is_silent")]
    pub vetting: Vetting,
    /// Who labels, how much, on what evidence.
    pub labelling: Labelling,
    /// How often a new detector is trained.
    pub retraining: Retraining,
    /// How much worse a new detector may be.
    pub gate: Gate,
    /// Who must sign before a detector is promoted.
    #[serde(default, skip_serializing_if = "SignOffs::is_silent")]
    pub sign_offs: SignOffs,
    /// Keys that have a default and that the text does not state, such as
    /// `costs.false_positive`.
    pub left_open: BTreeSet<String>,
}

/// What counts as malicious, in words that two people would apply alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malicious {
    /// What is malicious.
    pub include: Vec<String>,
    /// What looks like it and is not.
    pub exclude: Vec<String>,
    /// Events that are malicious.
    pub examples: Vec<String>,
    /// Events that look malicious and are not.
    pub excluded_examples: Vec<String>,
}

/// When nobody should decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsure {
    /// When an event is labelled unsure.
    pub include: Vec<String>,
    /// Events that are unsure.
    pub examples: Vec<String>,
}

/// A threat that is told apart from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// As it stands in the family column.
    pub name: String,
    /// What it is, in a sentence.
    pub meaning: String,
}

/// Where things stand in the input; `None` means: recognised by the usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// The input's own name for an event.
    pub id: Option<String>,
    /// When it happened.
    pub time: Option<String>,
    /// What somebody decided.
    pub label: Option<String>,
    /// When the label became known.
    pub label_known: Option<String>,
    /// Where it was seen or collected.
    pub source: Option<String>,
    /// Its family.
    pub family: Option<String>,
    /// What belongs together and must not be split.
    pub group: Option<String>,
    /// Where the evidence stands: the URL, the mail, the command or commands ([`Kind::evidence`]).
    pub evidence: Option<String>,
    /// Who did it, for commands and sessions.
    pub user: Option<String>,
    /// On which machine, for commands and sessions.
    pub host: Option<String>,
    /// Columns that no signal may see.
    pub drop: Vec<String>,
    /// What columns are read as, whatever their values look like.
    pub types: BTreeMap<String, ColumnType>,
}

/// What mistakes cost, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// The currency's name, printed after amounts.
    pub currency: String,
    /// Price of blocking one benign event; 0 or more.
    pub false_positive: f64,
    /// Price of letting one malicious event through; 0 or more.
    pub false_negative: f64,
    /// Price of a person looking at one event; 0 or more.
    pub review: f64,
    /// Other prices for some families and slices; the first that fits an event holds.
    pub overrides: Vec<CostOverride>,
}

/// What the detector will see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Events a day; above 0.
    pub events_per_day: f64,
    /// Share of them that is malicious, in (0, 1).
    pub malicious_share: f64,
}

/// What people and machines can bear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Alerts a day that people can handle (reviews, and benign events that were blocked); 0 or more.
    pub alerts_per_day: f64,
    /// How long one verdict may take; above 0; `None` while nobody has said.
    pub latency_milliseconds: Option<f64>,
}

/// Whose data each source is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustRules {
    /// Holds for sources that are not named, and for events without a source.
    pub default: Trust,
    /// By source name, as it stands in the source column.
    pub sources: BTreeMap<String, Trust>,
}

/// What happens to each field before anything is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyRules {
    /// Holds for fields that are not named.
    pub default: PrivacyRule,
    /// By field name.
    pub fields: BTreeMap<String, PrivacyRule>,
    /// What happens to secrets inside texts; `None`: masked, but for URLs and tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Secrets>,
    /// To whom a field may be shown; everybody for fields that are not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reveal: BTreeMap<String, Reveal>,
    /// How long things are kept.
    #[serde(default, skip_serializing_if = "Retention::is_forever")]
    pub retention: Retention,
}

/// For how many days after it happened an event, and each of its fields, is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// For events; `None`: forever.
    pub days: Option<u32>,
    /// By field name; forever for fields that are not named.
    pub fields: BTreeMap<String, u32>,
}

impl Retention {
    /// Returns whether everything is kept forever.
    #[must_use]
    pub fn is_forever(&self) -> bool {
        self.days.is_none() && self.fields.is_empty()
    }
}

/// How messages become signals and tokens; stored with a detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailOptions {
    /// Hosts whose `Authentication-Results` and `Received-SPF` headers are believed. None is believed by default:
    /// anybody may write such a header.
    pub trusted_hosts: Vec<String>,
    /// Whether the shape of headers is evidence: their names and order, the path through servers, identifiers and
    /// dates. It tells much within one mail system, and little beyond it.
    pub header_shape: bool,
    /// Whether the verdicts of other products are evidence.
    pub verdict_headers: bool,
    /// How the DNS is asked for what senders publish (SPF, DKIM, DMARC); `None`, the default, asks nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsOptions>,
}

/// How the DNS is asked about the senders of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsOptions {
    /// Who is asked; `None` is the machine's own resolver.
    pub server: Option<SocketAddr>,
    /// How long one mail may take, in milliseconds; above 0.
    pub timeout_milliseconds: u64,
}

impl DnsOptions {
    /// How long one mail may take unless the task says so.
    pub const USUAL_MILLISECONDS: u64 = 5_000;
    /// The host that the results of one's own questions stand under in `Authentication-Results`: no name of the DNS, so
    /// that nobody else has it.
    pub const HOST: &str = "dns.ringtrue.invalid";
}

impl Default for EmailOptions {
    fn default() -> Self {
        Self {
            trusted_hosts: Vec::new(),
            header_shape: true,
            verdict_headers: false,
            dns: None,
        }
    }
}

impl EmailOptions {
    /// Returns whether `host` is one of the trusted hosts, in any case.
    #[must_use]
    pub fn trusts(&self, host: &str) -> bool {
        self.trusted_hosts
            .iter()
            .any(|trusted| trusted.eq_ignore_ascii_case(host))
    }
}

/// Who labels, how much, on what evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Labelling {
    /// The people or team who decide; empty while nobody has said.
    pub who: String,
    /// How many events a week they label; above 0.
    pub events_per_week: Option<f64>,
    /// What they look at before they decide.
    pub evidence: Vec<String>,
}

/// How often a new detector is trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Retraining {
    /// Days between trainings; above 0; `None` while nobody has said.
    pub cadence_days: Option<f64>,
}

impl Task {
    /// Returns what holds without a task: the figures of [`CostSheet::default`], all sources
    /// public, every field kept, columns and labels recognised by their usual words.
    #[must_use]
    pub fn assumed(kind: Kind) -> Self {
        let sheet = CostSheet::default();
        Self {
            name: "assumed".to_owned(),
            kind,
            question: String::new(),
            malicious: Malicious::default(),
            unsure: Unsure::default(),
            families: Vec::new(),
            labels: BTreeMap::new(),
            deciding: Deciding::default(),
            columns: Columns::default(),
            derived: Vec::new(),
            slices: Vec::new(),
            costs: Costs {
                currency: sheet.currency,
                false_positive: sheet.false_positive,
                false_negative: sheet.false_negative,
                review: sheet.review,
                overrides: Vec::new(),
            },
            traffic: Traffic {
                events_per_day: sheet.events_per_day,
                malicious_share: sheet.malicious_share,
            },
            capacity: Capacity {
                alerts_per_day: sheet.alerts_per_day,
                latency_milliseconds: None,
            },
            attacker: Attacker::default(),
            trust: TrustRules::default(),
            privacy: PrivacyRules::default(),
            email: EmailOptions::default(),
            vetting: Vetting::default(),
            labelling: Labelling::default(),
            retraining: Retraining::default(),
            gate: Gate::default(),
            sign_offs: SignOffs::default(),
            left_open: KEYS
                .iter()
                .filter(|key| is_asked(key, kind))
                .map(|key| (*key).to_owned())
                .collect(),
        }
    }

    /// Returns the digest of what the task says. Comments, white space and the order of sections
    /// and keys do not matter, except where order means something (derived columns, slices,
    /// overrides, families); an assumption that becomes a statement does.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let canonical =
            serde_json::to_vec(self).unwrap_or_else(|_| format!("{self:?}").into_bytes());
        let mut builder = DigestBuilder::default();
        builder.piece(b"ringtrue task 1").piece(&canonical);
        builder.finish()
    }

    /// Returns which task labels answer: its name, and the digest of what it calls malicious and unsure. Prices, columns and
    /// rules are no part of it, so that labels outlive their changes.
    #[must_use]
    pub fn meaning(&self) -> TaskName {
        let parts = (self.kind, &self.question, &self.malicious, &self.unsure);
        let canonical =
            serde_json::to_vec(&parts).unwrap_or_else(|_| format!("{parts:?}").into_bytes());
        let mut builder = DigestBuilder::default();
        builder.piece(b"ringtrue meaning 1").piece(&canonical);
        TaskName {
            name: self.name.clone(),
            meaning: builder.finish(),
        }
    }

    /// Returns the digest of what decides how input becomes events: the kind, columns, labels, trust and
    /// privacy. Which columns no signal may see is no part of it, nor is what mistakes cost.
    #[must_use]
    pub fn reading_digest(&self) -> Digest {
        let columns = Columns {
            drop: Vec::new(),
            ..self.columns.clone()
        };
        // What is shown to whom, and for how long, decides nothing about what is read.
        let privacy = PrivacyRules {
            reveal: BTreeMap::new(),
            retention: Retention::default(),
            ..self.privacy.clone()
        };
        let parts = (self.kind, &self.labels, &columns, &self.trust, &privacy);
        let canonical =
            serde_json::to_vec(&parts).unwrap_or_else(|_| format!("{parts:?}").into_bytes());
        let mut builder = DigestBuilder::default();
        builder.piece(b"ringtrue reading 1").piece(&canonical);
        if self.email.dns.is_some() {
            builder.piece(b"mail with results of the DNS");
        }
        builder.finish()
    }

    /// Returns the prices, the traffic and the capacity that training, thresholds and judging use.
    #[must_use]
    pub fn cost_sheet(&self) -> CostSheet {
        CostSheet {
            currency: self.costs.currency.clone(),
            false_positive: self.costs.false_positive,
            false_negative: self.costs.false_negative,
            review: self.costs.review,
            overrides: self.costs.overrides.clone(),
            events_per_day: self.traffic.events_per_day,
            malicious_share: self.traffic.malicious_share,
            alerts_per_day: self.capacity.alerts_per_day,
        }
    }

    /// Returns whose data `source` is.
    #[must_use]
    pub fn trust_of(&self, source: Option<&str>) -> Trust {
        source
            .and_then(|name| self.trust.sources.get(name))
            .copied()
            .unwrap_or(self.trust.default)
    }

    /// Returns the label that `word` of the label column means.
    ///
    /// If the task maps any label, only the mapped words count (surrounding space does not, nor
    /// does case where no exact entry stands): a word that the map does not name is `None`, and its
    /// event is set aside, because a half-mapped column must never be completed by guessing.
    /// Without a map the usual words of [`Label::from_word`] count.
    #[must_use]
    pub fn label_of(&self, word: &str) -> Option<Label> {
        if self.labels.is_empty() {
            return Label::from_word(word);
        }
        let word = word.trim();
        self.labels.get(word).copied().or_else(|| {
            self.labels
                .iter()
                .find(|(mapped, _)| mapped.trim().eq_ignore_ascii_case(word))
                .map(|(_, label)| *label)
        })
    }

    /// Returns the input's column of the evidence; empty for tables, which have no such column.
    #[must_use]
    pub fn evidence_column(&self) -> &str {
        let usual = self.kind.evidence().unwrap_or("");
        self.columns.evidence.as_deref().unwrap_or(usual)
    }
}
