//! Events of one file as a detector reads them: what `score` and `attack` have in common.

use std::path::Path;

use crate::commands::note;
use crate::detector_folder::{Loaded, reading};
use crate::failure::Outcome;
use crate::input::{Assumed, Portion, read_file};
use crate::progress::called;
use crate::served::{check_any, lacking};

/// What there is to say of a file once it is read.
pub(crate) struct Noted {
    warnings: Vec<String>,
    assumed: Vec<String>,
    /// Rows that could not be read.
    pub(crate) aside: u64,
}

impl Noted {
    /// Says it on standard error, with further warnings.
    pub(crate) fn tell(&self, further: impl Iterator<Item = String>) {
        for sentence in self.warnings.iter().cloned().chain(further) {
            note(&format!("warning: {sentence}"));
        }
        for sentence in &self.assumed {
            note(&format!("assumed: {sentence}"));
        }
    }
}

/// Reads a file batch by batch for a detector, which must find its columns there. Rows that cannot be read are told on
/// standard error; the others go on.
pub(crate) fn follow(
    loaded: &Loaded,
    file: &Path,
    each: &mut dyn FnMut(Portion) -> Outcome<()>,
) -> Outcome<Noted> {
    let reading = reading(loaded)?;
    let mut assumed = Assumed::default();
    let mut aside = 0_u64;
    let name = called(file);
    let (mut is_any, mut is_checked) = (false, false);
    read_file(file, &reading, &mut assumed, &mut |batch| {
        for row in &batch.aside {
            aside += 1;
            note(&format!(
                "set aside: {name} line {}: {}",
                row.line, row.reason
            ));
        }
        is_any = true;
        if !is_checked && batch.is_telling {
            is_checked = true;
            let fields = batch.fields.iter().cloned().collect();
            if batch.may_widen {
                check_any(loaded, &fields)?;
            } else {
                lacking(loaded, &fields)?;
            }
        }
        each(batch)
    })?;
    Ok(Noted {
        warnings: if is_any {
            lacking(loaded, &assumed.fields)?
        } else {
            Vec::new()
        },
        assumed: assumed.sentences.into_iter().collect(),
        aside,
    })
}
