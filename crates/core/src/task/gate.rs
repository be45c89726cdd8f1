//! What a task says of a new detector: how much worse than the one in use it may be, overall and by part, and what it
//! must not lose at all.

use serde::{Deserialize, Serialize};

use super::content::Family;
use super::parse::declared;
use super::problem::Problem;
use super::reader::{Range, Reader, Table};

/// How much worse than the one in use a new detector may be.
///
/// Where nothing is said, what events show to be worse at all is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Highest false-positive rate at the thresholds, in [0, 1]; `None` sets no limit.
    pub false_positive_rate_max: Option<f64>,
    /// Largest loss of recall overall, in [0, 1].
    pub recall_drop_max: Option<f64>,
    /// Largest loss of recall in any family, source, tenant or slice, in [0, 1].
    pub family_recall_drop_max: Option<f64>,
    /// Largest rise of the cost, as a share of the present cost; 0 or more.
    pub cost_increase_share_max: Option<f64>,
    /// Longest time of one verdict at the 99th percentile; above 0; `None` sets no limit.
    pub latency_milliseconds_max: Option<f64>,
    /// Least recall, in [0, 1]; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall_min: Option<f64>,
    /// Largest rise of the cost in money a day; 0 or more. Instead of a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_increase_per_day_max: Option<f64>,
    /// Largest rise of the false-positive rate, in [0, 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_positive_rate_rise_max: Option<f64>,
    /// Most alerts a day beyond those of the present detector; 0 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_alerts_per_day_max: Option<f64>,
    /// Longest time of one verdict as a multiple of the present detector's; above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ratio_max: Option<f64>,
    /// Largest rise of the Brier score, in [0, 1]; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier_rise_max: Option<f64>,
    /// Most money that its verdicts may cost a day; 0 or more; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_day_max: Option<f64>,
    /// Most alerts a day; 0 or more; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts_per_day_max: Option<f64>,
    /// Largest share of attacked events that may get cheaper to get past it, less those that get dearer, in [0, 1]. Where it is
    /// stated, a gate without attacks cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub robustness_drop_max: Option<f64>,
    /// Largest share of the judged events that either detector may have learned from, in [0, 1]; none if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_from_share_max: Option<f64>,
    /// Files of labelled events on which nothing may get worse: incidents, customer escapes, golden false positives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_keep: Vec<String>,
    /// Other limits for some parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<PartLimits>,
}

/// The limits of one family, source, tenant or slice, where they differ from those of all parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartLimits {
    /// Holds for this family ...
    pub family: Option<String>,
    /// ... or for events of this source ...
    pub source: Option<String>,
    /// ... or for events of this tenant, the task's group column ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// ... or for events in this slice.
    pub slice: Option<String>,
    /// Largest loss of recall, in [0, 1].
    pub recall_drop_max: Option<f64>,
    /// Least recall, in [0, 1]; `None` sets no limit.
    pub recall_min: Option<f64>,
    /// Largest rise of the false-positive rate, in [0, 1].
    pub false_positive_rate_rise_max: Option<f64>,
    /// Highest false-positive rate, in [0, 1]; `None` sets no limit.
    pub false_positive_rate_max: Option<f64>,
    /// Largest rise of what its events cost in money a day; 0 or more; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_increase_per_day_max: Option<f64>,
    /// Most money that its events may cost a day; 0 or more; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_day_max: Option<f64>,
}

/// The keys of [`PartLimits`] that say which part is meant.
const PART_KEYS: [&str; 4] = ["family", "source", "tenant", "slice"];
/// The others.
const LIMIT_KEYS: [&str; 6] = [
    "recall_drop_max",
    "recall_min",
    "cost_increase_per_day_max",
    "cost_per_day_max",
    SPARED_KEYS[0],
    SPARED_KEYS[1],
];
/// Those that limit false positives.
const SPARED_KEYS: [&str; 2] = ["false_positive_rate_rise_max", "false_positive_rate_max"];

pub(super) fn read_gate<'t>(
    reader: &mut Reader<'t>,
    root: &Table<'t>,
    declared: (&[Family], &[&str]),
) -> Gate {
    let section = reader.section(root, "gate");
    let mut limit = |name: &str, range: Range| reader.number(&section, name, range);
    let gate = Gate {
        false_positive_rate_max: limit("false_positive_rate_max", Range::Share),
        recall_drop_max: limit("recall_drop_max", Range::Share),
        family_recall_drop_max: limit("family_recall_drop_max", Range::Share),
        cost_increase_share_max: limit("cost_increase_share_max", Range::NotNegative),
        latency_milliseconds_max: limit("latency_milliseconds_max", Range::Positive),
        recall_min: limit("recall_min", Range::Share),
        cost_increase_per_day_max: limit("cost_increase_per_day_max", Range::NotNegative),
        false_positive_rate_rise_max: limit("false_positive_rate_rise_max", Range::Share),
        new_alerts_per_day_max: limit("new_alerts_per_day_max", Range::NotNegative),
        latency_ratio_max: limit("latency_ratio_max", Range::Positive),
        brier_rise_max: limit("brier_rise_max", Range::Share),
        cost_per_day_max: limit("cost_per_day_max", Range::NotNegative),
        alerts_per_day_max: limit("alerts_per_day_max", Range::NotNegative),
        robustness_drop_max: limit("robustness_drop_max", Range::Share),
        learned_from_share_max: limit("learned_from_share_max", Range::Share),
        must_keep: reader.texts(&section, "must_keep"),
        limits: Vec::new(),
    };
    check_cost(reader, &section);
    let parts = reader.sections(&section, "limits").into_iter();
    let mut limits: Vec<PartLimits> = Vec::new();
    for (offset, table) in parts {
        let found = read_limits(reader, offset, &table, declared);
        if limits.iter().any(|before| before.is_of_same(&found)) {
            let reason = "limits a part a second time: put all its limits into one".to_owned();
            let key = table.path.clone();
            reader.tell(offset, Problem::Conflict { key, reason });
        }
        limits.push(found);
    }
    Gate { limits, ..gate }
}

impl PartLimits {
    /// Returns whether both are of one part.
    fn is_of_same(&self, other: &Self) -> bool {
        let part = |limits: &Self| {
            let Self {
                family,
                source,
                tenant,
                slice,
                ..
            } = limits;
            [family, source, tenant, slice].map(Clone::clone)
        };
        part(self) == part(other)
    }
}

/// Refuses two limits of the same thing.
fn check_cost<'t>(reader: &mut Reader<'t>, section: &Table<'t>) {
    let share = section.get("cost_increase_share_max");
    if let (Some(_), Some(entry)) = (share, section.get("cost_increase_per_day_max")) {
        let reason =
            "limits the cost a second time: keep it or `cost_increase_share_max`".to_owned();
        reader.tell(
            entry.offset,
            Problem::Conflict {
                key: entry.key,
                reason,
            },
        );
    }
}

fn read_limits<'t>(
    reader: &mut Reader<'t>,
    offset: usize,
    table: &Table<'t>,
    (families, slices): (&[Family], &[&str]),
) -> PartLimits {
    let names: Vec<&str> = families.iter().map(|family| family.name.as_str()).collect();
    let part = PartLimits {
        family: declared(reader, table, "family", &names),
        source: reader.name(table, "source"),
        tenant: reader.name(table, "tenant"),
        slice: declared(reader, table, "slice", slices),
        ..PartLimits::default()
    };
    let mut limit = |name: &str, range: Range| reader.number(table, name, range);
    let found = PartLimits {
        recall_drop_max: limit("recall_drop_max", Range::Share),
        recall_min: limit("recall_min", Range::Share),
        false_positive_rate_rise_max: limit("false_positive_rate_rise_max", Range::Share),
        false_positive_rate_max: limit("false_positive_rate_max", Range::Share),
        cost_increase_per_day_max: limit("cost_increase_per_day_max", Range::NotNegative),
        cost_per_day_max: limit("cost_per_day_max", Range::NotNegative),
        ..part
    };
    let stated = |keys: &[&str]| keys.iter().filter(|key| table.get(key).is_some()).count();
    let reason = if stated(&PART_KEYS) != 1 {
        "needs one of `family`, `source`, `tenant` and `slice`".to_owned()
    } else if table.get("family").is_some() && stated(&SPARED_KEYS) > 0 {
        "limits false positives of a family, which has malicious events alone".to_owned()
    } else if stated(&LIMIT_KEYS) == 0 {
        format!("sets no limit: give one of `{}`", LIMIT_KEYS.join("`, `"))
    } else {
        return found;
    };
    let key = table.path.clone();
    reader.tell(offset, Problem::Conflict { key, reason });
    found
}
