//! Blind spots: families that nothing in the data separates from benign events.
//!
//! A probe learns three quarters of the events, whole campaigns at a time, and is asked about the others; a family that it leaves among the
//! benign ones although it learned it has no signal. Whether a family that was never seen is caught is another question.

use ringtrue_core::metrics::{Ranking, Rate, ranking_bootstrap};

use super::listed;
use crate::check::Check;
use crate::check::split::by_campaign;
use crate::code::Code;
use crate::data::{Data, NO_NAME};
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};

pub(super) const BLIND: Code = Check::Variables.code(
    "V023",
    "nothing separates a family from benign events",
    Owner::Analyst,
);
pub(super) const FEW: Code = Check::Variables.code(
    "V024",
    "families of too few events to say whether anything separates them",
    Owner::Analyst,
);

/// Share of benign events that may be flagged where a family is asked about.
const FALSE_POSITIVE_RATE: f64 = 0.01;
/// Ten times what chance catches at that rate: a family is a blind spot if even the interval's upper end lies below.
const CAUGHT_MAX: f64 = 0.1;
/// Where the interval of the area under the curve ends at most for a blind spot: far from what separates, and wide enough for 10 events.
const AUC_MAX: f64 = 0.75;
/// Events of a family that are asked, at least.
const ASKED_MIN: usize = 10;
/// Families that are looked at: the largest.
const FAMILIES_MAX: usize = 50;
const RESAMPLES: u32 = 200;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    if data.families.names.is_empty() {
        return Vec::new();
    }
    let decided = data.decided();
    let (train, test) = by_campaign(data, &decided);
    let Ok((margins, asked)) = data.probe_margins(&train, &test) else {
        return Vec::new();
    };
    let mut members: Vec<(usize, Vec<usize>)> = vec![Vec::new(); data.families.names.len()]
        .into_iter()
        .enumerate()
        .collect();
    for (place, at) in asked.iter().enumerate() {
        let family = data.families.of[*at as usize];
        if family != NO_NAME
            && let Some((_, members)) = members.get_mut(family as usize)
        {
            members.push(place);
        }
    }
    members.sort_by_key(|(number, members)| (std::cmp::Reverse(members.len()), *number));
    let few: Vec<String> = members
        .iter()
        .filter(|(_, members)| members.len() < ASKED_MIN)
        .map(|(number, _)| data.families.names[*number].to_string())
        .collect();
    members.retain(|(_, members)| members.len() >= ASKED_MIN);
    members.truncate(FAMILIES_MAX);
    let judged = Judged {
        data,
        margins: &margins,
        asked: &asked,
    };
    let mut findings: Vec<Finding> = members
        .iter()
        .filter_map(|(number, members)| judged.finding(&data.families.names[*number], members))
        .collect();
    if !few.is_empty() {
        findings.push(too_few(few));
    }
    findings
}

/// What the probe said.
struct Judged<'a> {
    data: &'a Data<'a>,
    margins: &'a [f64],
    asked: &'a [u32],
}

impl Judged<'_> {
    /// Returns the finding of a family whose events stand at these places, if it is a blind spot.
    fn finding(&self, family: &str, members: &[usize]) -> Option<Finding> {
        let is_benign = |place: &usize| !self.data.malicious[self.asked[*place] as usize];
        let benign = (0..self.asked.len()).filter(is_benign);
        let places: Vec<usize> = members.iter().copied().chain(benign).collect();
        let margins: Vec<f64> = places.iter().map(|place| self.margins[*place]).collect();
        let at = |place: usize| self.asked[place] as usize;
        let malicious: Vec<bool> = places
            .iter()
            .map(|place| self.data.malicious[at(*place)])
            .collect();
        let ranking = Ranking::new(&margins, &malicious).ok()?;
        let caught = ranking.tpr_at_fpr(FALSE_POSITIVE_RATE).tpr().ok()?;
        if caught.high > CAUGHT_MAX {
            return None;
        }
        let campaigns: Vec<u32> = places
            .iter()
            .map(|place| self.data.campaigns()[at(*place)])
            .collect();
        let judged = (margins.as_slice(), malicious.as_slice());
        let auc = ranking_bootstrap(
            RESAMPLES,
            self.data.seed,
            judged,
            Some(&campaigns),
            Ranking::roc_auc,
        )
        .ok()?;
        if auc.high > AUC_MAX {
            return None;
        }
        let positions = members.iter().map(|place| self.asked[*place]);
        let auc = Rate {
            value: auc.value,
            low: auc.low,
            high: auc.high,
        };
        Some(blind(family, members.len(), caught, auc).evidence(positions))
    }
}

fn blind(family: &str, asked: usize, caught: Rate, auc: Rate) -> Finding {
    let title = format!(
        "of the {asked} events of `{family}` that a probe was asked about it catches {:.1} % at one false alarm in a hundred (at most {:.1} %), with an \
         area under the curve of {:.2} ({:.2} to {:.2})",
        100.0 * caught.value,
        100.0 * caught.high,
        auc.value,
        auc.low,
        auc.high
    );
    let remedy = Remedy::advice(
        "collect what an analyst looks at to recognise this family, and give it as a column; until then state the family as a known gap, or take it out \
         of the task's claim",
    );
    Finding::new(BLIND, Severity::Warning, Subject::families([family]), title, remedy)
        .meaning("The probe had learned other events of the family: what is recorded of them looks like benign events.")
        .effect(Effect::estimated("auc", auc.value, [auc.low, auc.high]))
}

fn too_few(families: Vec<String>) -> Finding {
    let title = format!(
        "{} families have fewer than {ASKED_MIN} events to ask about, so nobody can say whether anything separates them: {}",
        families.len(),
        listed(&families)
    );
    let remedy =
        Remedy::advice("collect more events of them, or name several of them as one family");
    Finding::new(
        FEW,
        Severity::CannotTell,
        Subject::families(families),
        title,
        remedy,
    )
}
