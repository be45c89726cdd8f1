//! Results as pages: the one place that turns judgements into the report document and into JSON.

mod card;
mod figures;
mod plots;
mod rolling;
mod run;
mod sections;
mod vet;

pub(crate) use card::card;
pub(crate) use run::{Told, Undecided, data, document, summarize, write};
pub(crate) use vet::{VetTold, vet_data, vet_document, vetting_sentences};
