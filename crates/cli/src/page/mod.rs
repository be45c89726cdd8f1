//! Results as pages: the one place that turns judgements into the report document and into JSON.

mod cadence;
mod card;
mod compare;
mod figures;
mod gate;
mod hardening;
mod label_errors;
mod label_plan;
mod label_queue;
mod label_rules;
mod plots;
mod poison;
mod pursuing;
mod release_note;
mod robustness;
mod rolling;
mod run;
mod sections;
mod sheet;
mod vet;
mod watch;

pub(crate) use cadence::{CadenceTold, Turned, cadence_data, cadence_document, cadence_list};
pub(crate) use card::card;
pub(crate) use compare::compare_document;
pub(crate) use gate::gate_document;
pub(crate) use label_errors::{
    ErrorsTold, errors_data, errors_document, errors_list, errors_scores,
};
pub(crate) use label_plan::{Delays, PlanTold, Priced, plan_data, plan_document, plan_list};
pub(crate) use label_queue::queue_document;
pub(crate) use label_rules::{RulesTold, rules_data, rules_document, rules_list, rules_votes};
pub(crate) use poison::{PoisonTold, poison_data, poison_document};
pub(crate) use pursuing::{LoopTold, loop_data, loop_document};
pub(crate) use release_note::{ReleaseTold, note_text, release_note, write_note};
pub(crate) use run::{Told, Undecided, data, document, hand_over, summarize, write, write_junit};
pub(crate) use sheet::{CORRELATION_MIN, revealed as revealed_sheet, without_values};
pub(crate) use vet::{
    SheetTold, VetTold, sheet_data, sheet_document, tells_what_blocks, vet_data, vet_document,
    vetting_sentences,
};
pub(crate) use watch::{WatchTold, watch_data, watch_document};
