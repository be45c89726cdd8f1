//! What a promotion demands, and what of it is not met.
//!
//! Each demand has a stable code. Nothing here decides whether somebody may answer for what is missing: that is an override,
//! signed by an approver.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Objection, Recorded};
use crate::digest::Digest;
use crate::signing::{People, Role, Signed, Stance, Subject};

/// Which roles must sign what before a detector of a task is promoted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffs {
    /// The task.
    pub task: Vec<Role>,
    /// Who attacks and how.
    pub threat_model: Vec<Role>,
    /// The detector with its card.
    pub card: Vec<Role>,
    /// The gate's report.
    pub gate: Vec<Role>,
}

impl SignOffs {
    /// Returns who must sign a task that changes what this one demands: whoever signs the task, else everybody who signs
    /// anything.
    #[must_use]
    pub fn of_changes(&self) -> Vec<Role> {
        if !self.task.is_empty() {
            return self.task.clone();
        }
        let mut all = [&self.threat_model[..], &self.card, &self.gate].concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns whether nobody must sign anything.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// A detector that is to be promoted.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Which.
    pub detector: Digest,
    /// The digest of its task.
    pub task: Digest,
    /// The digest of its task's threat model.
    pub threat_model: Digest,
    /// Who must sign.
    pub sign_offs: &'a SignOffs,
    /// Why it is not fit by vetting.
    pub unfit: Option<String>,
    /// Whether its task holds it to what the champion's task holds the champion to.
    pub held: HeldTo<'a>,
}

/// What a candidate's own task holds it to, beside what the champion's task demands.
///
/// A task travels with the detector that was trained by it, and whoever trains writes it. So that nobody drops a limit or a
/// signature by training under a laxer task of the same name, those who answer for the champion's task must have signed it.
#[derive(Clone, Debug)]
pub enum HeldTo<'a> {
    /// To the same, or there is no champion.
    Same,
    /// To other limits, prices or signatures.
    Otherwise {
        /// What differs, in words.
        what: &'a [String],
        /// Who must have signed the candidate's task: [`SignOffs::of_changes`] of the champion's.
        roles: Vec<Role>,
    },
    /// What the champion is held to cannot be read.
    Unknown(String),
}

/// What a gate's report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSeen {
    /// The digest of the report.
    pub report: Digest,
    /// Whether it passed.
    pub passed: bool,
    /// The decision in its own word.
    pub decision: String,
    /// The detector that it is about.
    pub new: Digest,
    /// The detector that it was compared with.
    pub old: Digest,
    /// The task whose limits held.
    pub task: Digest,
    /// Must-keep sets of the task that it says nothing of.
    pub not_asked: Vec<String>,
}

/// A demand that is not met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unmet {
    /// Nothing shows that it is not worse.
    #[error("there is no report of the gate")]
    NoGate,
    /// The gate did not pass it.
    #[error("the gate did not pass it, its decision is: {0}")]
    NotPassed(String),
    /// The report is about another detector.
    #[error("the gate's report is about another detector: {0}")]
    OtherDetector(String),
    /// The report compares it with another one than the present champion.
    #[error("the gate compared it with {seen}, and the champion is {champion}")]
    OtherChampion {
        /// Short digest of the detector in the report.
        seen: String,
        /// Short digest of the present champion.
        champion: String,
    },
    /// The report compares it with itself.
    #[error("the gate compared it with itself, which shows nothing")]
    AgainstItself,
    /// The report holds it to the limits of another task.
    #[error("the gate held it to the limits of another task: {0}")]
    OtherTask(String),
    /// Nobody of a role has signed.
    #[error("no {role} has signed the {subject}")]
    NotSigned {
        /// The role.
        role: Role,
        /// What had to be signed.
        subject: Subject,
    },
    /// Its task demands something else than the champion's, and nobody of a role stands for that.
    #[error(
        "its task changes what the champion is held to, and no {role} has signed that task: {what}"
    )]
    HeldOtherwise {
        /// Who must have signed.
        role: Role,
        /// What differs.
        what: String,
    },
    /// What the champion is held to is not known.
    #[error("what the champion is held to cannot be read: {0}")]
    ChampionUnread(String),
    /// The report says nothing of a set on which nothing may get worse.
    #[error("the gate did not ask about a must-keep set of its task: `{0}`")]
    NotAsked(String),
    /// Vetting found something that blocks.
    #[error("it is not fit by vetting: {0}")]
    Unfit(String),
}

impl Unmet {
    /// Returns its stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoGate => "P001",
            Self::NotPassed(_) => "P002",
            Self::OtherDetector(_) => "P003",
            Self::OtherChampion { .. } | Self::AgainstItself => "P004",
            Self::NotSigned { .. } => "P005",
            Self::Unfit(_) => "P006",
            Self::OtherTask(_) => "P007",
            Self::HeldOtherwise { .. } | Self::ChampionUnread(_) => "P008",
            Self::NotAsked(_) => "P009",
        }
    }
}

/// What was demanded, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// What is not met.
    pub unmet: Vec<Unmet>,
    /// Who disagreed last.
    pub objections: Vec<Objection>,
    /// Signatures that do not count, in sentences.
    pub discounted: Vec<String>,
}

impl Demands {
    /// Compares a candidate with what is demanded of it. The champion is the present one: who looks must hold the log.
    #[must_use]
    pub fn of(
        candidate: &Candidate<'_>,
        gate: Option<&GateSeen>,
        champion: Option<Digest>,
        entries: &[Recorded],
        people: &People,
    ) -> Self {
        let mut demands = Self::default();
        if let Some(reason) = &candidate.unfit {
            demands.unmet.push(Unmet::Unfit(reason.clone()));
        }
        demands.unmet.extend(of_gate(candidate, gate, champion));
        let said = demands.said(entries, people);
        demands.take_sign_offs(candidate, gate, &said);
        demands.unmet.extend(of_held(candidate, &said));
        demands
    }

    /// Returns what everybody said last about each thing.
    fn said<'a>(&mut self, entries: &'a [Recorded], people: &People) -> Said<'a> {
        let mut said = Said::new();
        for recorded in entries {
            let Entry::SignedOff { signed } = &recorded.payload.entry else {
                continue;
            };
            match signed.check(people, recorded.time) {
                Ok(person) => {
                    let statement = &signed.statement;
                    let about = (statement.subject, statement.digest, person.name.clone());
                    said.insert(about, signed);
                }
                Err(error) => self.discounted.push(error.to_string()),
            }
        }
        said
    }

    fn take_sign_offs(
        &mut self,
        candidate: &Candidate<'_>,
        gate: Option<&GateSeen>,
        said: &Said<'_>,
    ) {
        let wanted = candidate.sign_offs;
        let things = [
            (Subject::Task, Some(candidate.task), &wanted.task),
            (
                Subject::ThreatModel,
                Some(candidate.threat_model),
                &wanted.threat_model,
            ),
            (Subject::Card, Some(candidate.detector), &wanted.card),
            (Subject::Gate, gate.map(|gate| gate.report), &wanted.gate),
        ];
        for (subject, digest, roles) in things {
            let about = |(of, what, _): &&(Subject, Digest, String)| {
                *of == subject && Some(*what) == digest
            };
            let all: Vec<&Signed> = said
                .iter()
                .filter(|(key, _)| about(key))
                .map(|(_, signed)| *signed)
                .collect();
            for role in roles {
                if !all.iter().any(|signed| agrees(signed, *role)) {
                    let role = *role;
                    self.unmet.push(Unmet::NotSigned { role, subject });
                }
            }
            self.objections
                .extend(all.into_iter().filter_map(objection));
        }
    }
}

/// The last word of each person about each thing.
type Said<'a> = BTreeMap<(Subject, Digest, String), &'a Signed>;

fn agrees(signed: &Signed, role: Role) -> bool {
    signed.statement.role == role && signed.statement.stance == Stance::Agrees
}

/// Asks whether those who answer for what the champion is held to have signed what changes it.
fn of_held(candidate: &Candidate<'_>, said: &Said<'_>) -> Vec<Unmet> {
    let (what, roles) = match &candidate.held {
        HeldTo::Same => return Vec::new(),
        HeldTo::Unknown(why) => return vec![Unmet::ChampionUnread(why.clone())],
        HeldTo::Otherwise { what, roles } => (what.join(", "), roles),
    };
    let is_signed = |role: Role| {
        said.iter().any(|((subject, digest, _), signed)| {
            *subject == Subject::Task && *digest == candidate.task && agrees(signed, role)
        })
    };
    let missing = roles.iter().filter(|role| !is_signed(**role));
    let unmet = missing.map(|role| Unmet::HeldOtherwise {
        role: *role,
        what: what.clone(),
    });
    unmet.collect()
}

fn objection(signed: &Signed) -> Option<Objection> {
    let said = &signed.statement;
    let Stance::Disagrees(reason) = &said.stance else {
        return None;
    };
    Some(Objection {
        name: said.name.clone(),
        role: said.role,
        subject: said.subject,
        reason: reason.clone(),
    })
}

fn of_gate(
    candidate: &Candidate<'_>,
    gate: Option<&GateSeen>,
    champion: Option<Digest>,
) -> Vec<Unmet> {
    let Some(gate) = gate else {
        return vec![Unmet::NoGate];
    };
    let mut unmet = Vec::new();
    if gate.new != candidate.detector {
        unmet.push(Unmet::OtherDetector(gate.new.short()));
    }
    // Before there is a champion, a report against anything else says what the gate could say.
    if gate.old == gate.new {
        unmet.push(Unmet::AgainstItself);
    } else if let Some(champion) = champion.filter(|champion| *champion != gate.old) {
        unmet.push(Unmet::OtherChampion {
            seen: gate.old.short(),
            champion: champion.short(),
        });
    }
    if gate.task != candidate.task {
        unmet.push(Unmet::OtherTask(gate.task.short()));
    }
    if !gate.passed {
        unmet.push(Unmet::NotPassed(gate.decision.clone()));
    }
    let not_asked = gate.not_asked.iter().cloned();
    unmet.extend(not_asked.map(Unmet::NotAsked));
    unmet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Payload;
    use crate::signing::{SecretKey, Statement};
    use crate::time::EventTime;

    fn people() -> People {
        let mut text = "format = 1\n".to_owned();
        for (seed, name, role) in [
            (1, "ann", "analyst"),
            (2, "dan", "data_scientist"),
            (3, "cleo", "approver"),
        ] {
            let key = SecretKey::from_seed(&[seed; 32]).public();
            for (field, value) in [("name", name), ("role", role), ("key", &key.to_string())] {
                if field == "name" {
                    text.push_str("[[people]]\n");
                }
                text.extend([field, " = \"", value, "\"\n"]);
            }
        }
        People::parse(&text).unwrap()
    }

    fn said(seed: u8, name: &str, role: Role, about: (Subject, &str), stance: Stance) -> Recorded {
        let signed = Statement {
            name: name.to_owned(),
            role,
            subject: about.0,
            digest: Digest::of(about.1.as_bytes()),
            stance,
            time: EventTime(5),
        }
        .sign(&SecretKey::from_seed(&[seed; 32]));
        Recorded {
            sequence: 0,
            time: EventTime(5),
            previous: Digest::of(b""),
            digest: Digest::of(b""),
            payload: Payload::unsigned(Entry::SignedOff { signed }),
        }
    }

    fn gate() -> GateSeen {
        GateSeen {
            report: Digest::of(b"gate"),
            passed: true,
            decision: "pass".to_owned(),
            new: Digest::of(b"new"),
            old: Digest::of(b"old"),
            task: Digest::of(b"task"),
            not_asked: Vec::new(),
        }
    }

    fn wanted() -> SignOffs {
        SignOffs {
            gate: vec![Role::Analyst, Role::DataScientist],
            ..SignOffs::default()
        }
    }

    fn of(
        gate: Option<&GateSeen>,
        champion: Option<&str>,
        entries: &[Recorded],
        unfit: Option<&str>,
    ) -> (Vec<String>, Demands) {
        let sign_offs = wanted();
        let candidate = Candidate {
            detector: Digest::of(b"new"),
            task: Digest::of(b"task"),
            threat_model: Digest::of(b"threat"),
            sign_offs: &sign_offs,
            unfit: unfit.map(str::to_owned),
            held: HeldTo::Same,
        };
        let champion = champion.map(|it| Digest::of(it.as_bytes()));
        let demands = Demands::of(&candidate, gate, champion, entries, &people());
        let codes = demands.unmet.iter().map(|it| it.code().to_owned());
        (codes.collect(), demands)
    }

    fn both() -> Vec<Recorded> {
        let about = (Subject::Gate, "gate");
        vec![
            said(1, "ann", Role::Analyst, about, Stance::Agrees),
            said(2, "dan", Role::DataScientist, about, Stance::Agrees),
        ]
    }

    #[test]
    fn what_is_met_is_met() {
        let (unmet, demands) = of(Some(&gate()), Some("old"), &both(), None);
        assert!(unmet.is_empty() && demands.objections.is_empty());
        // Whatever it was compared with, there was no champion.
        assert!(of(Some(&gate()), None, &both(), None).0.is_empty());
    }

    #[test]
    fn each_demand_is_told_by_its_code() {
        let codes = |gate: Option<&GateSeen>, champion, entries: &[Recorded], unfit| {
            of(gate, Some(champion), entries, unfit).0
        };
        assert_eq!(codes(None, "old", &both(), None), ["P001", "P005", "P005"]);
        let refused = GateSeen {
            passed: false,
            ..gate()
        };
        assert_eq!(codes(Some(&refused), "old", &both(), None), ["P002"]);
        let other = GateSeen {
            new: Digest::of(b"third"),
            ..gate()
        };
        assert_eq!(codes(Some(&other), "old", &both(), None), ["P003"]);
        assert_eq!(codes(Some(&gate()), "other", &both(), None), ["P004"]);
        let lax = GateSeen {
            task: Digest::of(b"lax task"),
            ..gate()
        };
        assert_eq!(codes(Some(&lax), "old", &both(), None), ["P007"]);
        assert_eq!(codes(Some(&gate()), "old", &both()[..1], None), ["P005"]);
        let itself = GateSeen {
            old: Digest::of(b"new"),
            ..gate()
        };
        assert_eq!(codes(Some(&itself), "old", &both(), None), ["P004"]);
        assert_eq!(of(Some(&itself), None, &both(), None).0, ["P004"]);
        let silent = GateSeen {
            not_asked: vec!["incidents.csv".to_owned()],
            ..gate()
        };
        assert_eq!(codes(Some(&silent), "old", &both(), None), ["P009"]);
        let leaks = Some("V012");
        assert_eq!(codes(Some(&gate()), "old", &both(), leaks), ["P006"]);
    }

    #[test]
    fn who_answers_for_the_champions_limits_signs_the_task_that_changes_them() {
        let (sign_offs, what) = (wanted(), ["`gate.recall_min`".to_owned()]);
        let codes = |held: HeldTo<'_>, entries: &[Recorded]| {
            let candidate = Candidate {
                detector: Digest::of(b"new"),
                task: Digest::of(b"task"),
                threat_model: Digest::of(b"threat"),
                sign_offs: &sign_offs,
                unfit: None,
                held,
            };
            let champion = Some(Digest::of(b"old"));
            let demands = Demands::of(&candidate, Some(&gate()), champion, entries, &people());
            let told = demands
                .unmet
                .iter()
                .map(|it| format!("{}: {it}", it.code()));
            told.collect::<Vec<_>>()
        };
        let held = |task: &[Role]| HeldTo::Otherwise {
            what: &what,
            roles: SignOffs {
                task: task.to_vec(),
                card: vec![Role::Approver],
                gate: vec![Role::Approver, Role::Analyst],
                ..SignOffs::default()
            }
            .of_changes(),
        };
        let unmet = codes(held(&[Role::Analyst]), &both());
        assert_eq!(unmet.len(), 1, "{unmet:?}");
        assert!(unmet[0].starts_with("P008: ") && unmet[0].ends_with("`gate.recall_min`"));
        // Where nobody signs the task, everybody who signs anything stands for its limits.
        assert_eq!(codes(held(&[]), &both()).len(), 2);
        let about = (Subject::Task, "task");
        let mut entries = both();
        entries.push(said(1, "ann", Role::Analyst, about, Stance::Agrees));
        assert_eq!(codes(held(&[Role::Analyst]), &entries), [""; 0]);
        let no = Stance::Disagrees("too lax".to_owned());
        entries.push(said(1, "ann", Role::Analyst, about, no));
        assert_eq!(codes(held(&[Role::Analyst]), &entries).len(), 1);
        let unknown = codes(HeldTo::Unknown("it is gone".to_owned()), &both());
        assert!(unknown[0].starts_with("P008: "), "{unknown:?}");
    }

    #[test]
    fn the_last_word_counts_and_a_disagreement_is_told() {
        let no = Stance::Disagrees("misses the new kit".to_owned());
        let about = (Subject::Gate, "gate");
        let mut entries = both();
        entries.push(said(1, "ann", Role::Analyst, about, no.clone()));
        entries.push(said(3, "cleo", Role::Approver, (Subject::Card, "new"), no));
        let (unmet, demands) = of(Some(&gate()), Some("old"), &entries, None);
        assert_eq!(unmet, ["P005"]);
        let names: Vec<&str> = demands.objections.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["cleo", "ann"]);
        entries.push(said(1, "ann", Role::Analyst, about, Stance::Agrees));
        assert!(of(Some(&gate()), Some("old"), &entries, None).0.is_empty());
    }

    #[test]
    fn a_signature_of_another_role_key_or_thing_does_not_count() {
        let about = (Subject::Gate, "gate");
        for wrong in [
            said(1, "ann", Role::DataScientist, about, Stance::Agrees),
            said(2, "ann", Role::Analyst, about, Stance::Agrees),
            said(9, "ann", Role::Analyst, about, Stance::Agrees),
            said(
                1,
                "ann",
                Role::Analyst,
                (Subject::Gate, "older"),
                Stance::Agrees,
            ),
            said(
                1,
                "ann",
                Role::Analyst,
                (Subject::Card, "gate"),
                Stance::Agrees,
            ),
        ] {
            let entries = [wrong, both().remove(1)];
            let (unmet, _) = of(Some(&gate()), Some("old"), &entries, None);
            assert_eq!(unmet, ["P005"]);
        }
    }
}
