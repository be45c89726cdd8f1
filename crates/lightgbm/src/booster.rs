//! A trained forest: grown from a [`Dataset`], kept as LightGBM's text.
//!
//! The booster that grows the trees points into the dataset, so it never leaves [`Booster::train`]:
//! what is returned is loaded from the text it wrote, and owns everything it needs.

use std::ffi::{c_char, c_int, c_void};
use std::ops::ControlFlow;
use std::ptr;

use lightgbm3_sys::{
    BoosterHandle, C_API_DTYPE_FLOAT32, C_API_FEATURE_IMPORTANCE_GAIN, C_API_PREDICT_RAW_SCORE,
    LGBM_BoosterCreate, LGBM_BoosterFeatureImportance, LGBM_BoosterFree, LGBM_BoosterGetNumClasses,
    LGBM_BoosterGetNumFeature, LGBM_BoosterLoadModelFromString, LGBM_BoosterPredictForMat,
    LGBM_BoosterSaveModelToString, LGBM_BoosterUpdateOneIter,
};

use crate::dataset::c_text;
use crate::library::{Turn, check, constant, shape};
use crate::{Dataset, LightGbmError, Parameters};

/// The line of the model's text that names the thread count, the one thing in it that may differ
/// between two runs on the same input.
const THREADS_LINE: &str = "[num_threads: ";

/// A trained forest.
#[derive(Debug)]
pub struct Booster {
    handle: Handle,
    text: String,
    columns: usize,
}

/// An owned handle of LightGBM's booster.
#[derive(Debug)]
struct Handle(BoosterHandle);

// SAFETY: LightGBM's booster is plain heap memory without thread affinity, and every use of the
// handle happens under the process-wide turn.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from LightGBM and is freed once. The return code says nothing
        // that could be acted on.
        unsafe { LGBM_BoosterFree(self.0) };
    }
}

impl Booster {
    /// Grows `parameters.iterations` trees, or fewer if no further split brings anything.
    ///
    /// `progress` is called after each tree with the trees done and the trees asked for; it may
    /// end the training, and may not call this crate.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::NoLabels`] for a dataset without labels; [`LightGbmError::Parameter`] or
    /// [`LightGbmError::Length`] for a parameter out of range; [`LightGbmError::Stopped`] if
    /// `progress` breaks; [`LightGbmError::Nested`] inside another call's `progress`; and
    /// [`LightGbmError::Library`] if LightGBM fails.
    pub fn train(
        dataset: &Dataset,
        parameters: &Parameters,
        progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
    ) -> Result<Self, LightGbmError> {
        parameters.check(dataset.columns())?;
        if !dataset.is_labelled() {
            return Err(LightGbmError::NoLabels);
        }
        let text = c_text(&parameters.text(dataset.categorical()))?;
        let turn = Turn::take()?;
        let mut raw: BoosterHandle = ptr::null_mut();
        // SAFETY: the dataset's handle is alive for this whole function, which the new booster
        // does not outlive; `text` is NUL-terminated; `raw` is a valid place for the handle.
        let code = unsafe { LGBM_BoosterCreate(dataset.handle(), text.as_ptr(), &raw mut raw) };
        check("LGBM_BoosterCreate", code)?;
        let trainer = Handle(raw);
        grow(&trainer, parameters.iterations, progress)?;
        let written = save(&trainer)?;
        drop(trainer);
        load(without_thread_count(&written), &turn)
    }

    /// Loads a forest from the text that [`Booster::model_text`] or LightGBM itself wrote.
    ///
    /// LightGBM trusts this text: node numbers in it are not checked against the tree. Give it
    /// only what this library wrote; foreign files belong to the reader of `ringtrue-model`.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Nul`] if the text holds a NUL byte, and [`LightGbmError::Library`] if
    /// LightGBM cannot read it.
    pub fn from_text(text: &str) -> Result<Self, LightGbmError> {
        let turn = Turn::take()?;
        load(without_thread_count(text), &turn)
    }

    /// Returns the forest as LightGBM's model text, without the line on the thread count: the
    /// same input gives the same bytes.
    #[must_use]
    pub fn model_text(&self) -> String {
        self.text.clone()
    }

    /// Number of columns the forest was trained on.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the raw score (log odds) of each of `rows` rows, by LightGBM's own code.
    ///
    /// For reference: ringtrue scores with its own forest, which must agree with this.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Count`] or [`LightGbmError::Length`] if the shape is not that of `values`
    /// or `columns` is not the forest's, and [`LightGbmError::Library`] if LightGBM fails.
    pub fn predict_raw(
        &self,
        values: &[f32],
        rows: usize,
        columns: usize,
    ) -> Result<Vec<f64>, LightGbmError> {
        let (row_count, column_count) = shape(values, rows, columns)?;
        if columns != self.columns {
            return Err(LightGbmError::Length {
                what: "a row",
                expected: self.columns,
                found: columns,
            });
        }
        let mut scores = vec![0.0_f64; rows];
        let mut written: i64 = 0;
        let text = c_text("verbosity=-1 num_threads=1")?;
        let _turn = Turn::take()?;
        // SAFETY: the handle is alive; `values` holds exactly rows * columns floats in row order
        // and is only read; raw scores of a forest with one output (checked on loading) are one
        // number a row, and `scores` has room for them; `text` is NUL-terminated.
        let code = unsafe {
            LGBM_BoosterPredictForMat(
                self.handle.0,
                values.as_ptr().cast::<c_void>(),
                constant(C_API_DTYPE_FLOAT32),
                row_count,
                column_count,
                1,
                constant(C_API_PREDICT_RAW_SCORE),
                0,
                -1,
                text.as_ptr(),
                &raw mut written,
                scores.as_mut_ptr(),
            )
        };
        check("LGBM_BoosterPredictForMat", code)?;
        Ok(scores)
    }

    /// Returns, for each column, the loss that its splits took away in training, 0 or more.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Library`] if LightGBM fails.
    pub fn gains(&self) -> Result<Vec<f64>, LightGbmError> {
        let mut gains = vec![0.0_f64; self.columns];
        let _turn = Turn::take()?;
        // SAFETY: the handle is alive, and LightGBM writes one number for each of its columns,
        // which `gains` has room for.
        let code = unsafe {
            LGBM_BoosterFeatureImportance(
                self.handle.0,
                0,
                constant(C_API_FEATURE_IMPORTANCE_GAIN),
                gains.as_mut_ptr(),
            )
        };
        check("LGBM_BoosterFeatureImportance", code)?;
        Ok(gains)
    }
}

fn grow(
    trainer: &Handle,
    iterations: u32,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<(), LightGbmError> {
    for done in 1..=iterations {
        let mut finished: c_int = 0;
        // SAFETY: the handle and, by the caller's borrow, its dataset are alive; `finished` is a
        // valid place for a flag.
        let code = unsafe { LGBM_BoosterUpdateOneIter(trainer.0, &raw mut finished) };
        check("LGBM_BoosterUpdateOneIter", code)?;
        if progress(done, iterations).is_break() {
            return Err(LightGbmError::Stopped { after: done });
        }
        if finished != 0 {
            break;
        }
    }
    Ok(())
}

/// Writes the model's text: asks for its length first, then for the text.
fn save(trainer: &Handle) -> Result<String, LightGbmError> {
    let mut length: i64 = 0;
    save_into(trainer, &mut [], &mut length)?;
    let mut bytes = vec![0_u8; usize::try_from(length).unwrap_or(0)];
    save_into(trainer, &mut bytes, &mut length)?;
    bytes.truncate(usize::try_from(length).unwrap_or(0));
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| LightGbmError::NotText)
}

fn save_into(trainer: &Handle, bytes: &mut [u8], length: &mut i64) -> Result<(), LightGbmError> {
    let capacity = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    // SAFETY: the handle is alive; LightGBM writes at most `capacity` bytes, and none at all if
    // the text is longer than that.
    let code = unsafe {
        LGBM_BoosterSaveModelToString(
            trainer.0,
            0,
            -1,
            constant(C_API_FEATURE_IMPORTANCE_GAIN),
            capacity,
            &raw mut *length,
            bytes.as_mut_ptr().cast::<c_char>(),
        )
    };
    check("LGBM_BoosterSaveModelToString", code)
}

/// Loads a forest with one output from its text. The turn is the caller's.
fn load(text: String, _turn: &Turn) -> Result<Booster, LightGbmError> {
    let copy = c_text(&text)?;
    let mut raw: BoosterHandle = ptr::null_mut();
    let mut iterations: c_int = 0;
    // SAFETY: `copy` is NUL-terminated, and both places are valid for what is written there.
    let code = unsafe {
        LGBM_BoosterLoadModelFromString(copy.as_ptr(), &raw mut iterations, &raw mut raw)
    };
    check("LGBM_BoosterLoadModelFromString", code)?;
    let handle = Handle(raw);
    let mut features: c_int = 0;
    // SAFETY: the handle is alive, and `features` is a valid place for a number.
    let code = unsafe { LGBM_BoosterGetNumFeature(handle.0, &raw mut features) };
    check("LGBM_BoosterGetNumFeature", code)?;
    let mut classes: c_int = 0;
    // SAFETY: the handle is alive, and `classes` is a valid place for a number.
    let code = unsafe { LGBM_BoosterGetNumClasses(handle.0, &raw mut classes) };
    check("LGBM_BoosterGetNumClasses", code)?;
    if classes != 1 {
        let found = usize::try_from(classes).unwrap_or(0);
        return Err(LightGbmError::Length {
            what: "a score",
            expected: 1,
            found,
        });
    }
    let columns = usize::try_from(features).unwrap_or(0);
    Ok(Booster {
        handle,
        text,
        columns,
    })
}

/// Drops the line that names the thread count from a model's text.
fn without_thread_count(text: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with(THREADS_LINE))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_thread_count_is_dropped() {
        let text = "tree\n[num_leaves: 31]\n[num_threads: 2]\n[seed: 1]\nend\n";
        assert_eq!(
            without_thread_count(text),
            "tree\n[num_leaves: 31]\n[seed: 1]\nend\n"
        );
        assert_eq!(
            without_thread_count("no final line end"),
            "no final line end"
        );
    }
}
