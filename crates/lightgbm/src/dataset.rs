//! Rows as LightGBM keeps them: every column cut into bins, one or two bytes a value.
//!
//! The values are read once, from a borrowed slice, and are not copied whole: ten million rows of
//! 70 columns take about 0.7 GB here, besides what the caller holds.

use std::ffi::{CString, c_void};
use std::ptr;

use lightgbm3_sys::{
    C_API_DTYPE_FLOAT32, C_API_DTYPE_FLOAT64, DatasetHandle, LGBM_DatasetCreateFromMat,
    LGBM_DatasetFree, LGBM_DatasetSetField,
};

use crate::library::{Turn, check, constant, count, shape};
use crate::{LightGbmError, Parameters};

/// A binned table, with its labels, weights and initial scores.
#[derive(Debug)]
pub struct Dataset {
    handle: DatasetHandle,
    rows: usize,
    columns: usize,
    categorical: Vec<usize>,
    labelled: bool,
}

// SAFETY: LightGBM's dataset is plain heap memory without thread affinity, and every use of the
// handle happens under the process-wide turn.
unsafe impl Send for Dataset {}

impl Dataset {
    /// Bins `rows` times `columns` values, stored row after row; NaN is a missing value.
    ///
    /// `categorical` names columns whose values are category numbers (whole, 0 or more; negative
    /// ones count as missing). Of `parameters`, bins, seed and threads matter here.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Count`] or [`LightGbmError::Length`] if the shape is empty, too large or
    /// not that of `values`; [`LightGbmError::Parameter`] for a parameter out of range;
    /// [`LightGbmError::Column`] for a categorical column that does not exist; and
    /// [`LightGbmError::Library`] if LightGBM refuses.
    pub fn from_rows(
        values: &[f32],
        rows: usize,
        columns: usize,
        parameters: &Parameters,
        categorical: &[usize],
    ) -> Result<Self, LightGbmError> {
        let (row_count, column_count) = shape(values, rows, columns)?;
        parameters.check(columns)?;
        if let Some(column) = categorical.iter().find(|column| **column >= columns) {
            return Err(LightGbmError::Column {
                columns,
                found: *column,
            });
        }
        let text = c_text(&parameters.text(categorical))?;
        let mut handle: DatasetHandle = ptr::null_mut();
        let _turn = Turn::take()?;
        // SAFETY: `values` holds exactly rows * columns floats in row order, is only read, and
        // only during the call; `text` is NUL-terminated; no reference dataset is given; `handle`
        // is a valid place for the new handle.
        let code = unsafe {
            LGBM_DatasetCreateFromMat(
                values.as_ptr().cast::<c_void>(),
                constant(C_API_DTYPE_FLOAT32),
                row_count,
                column_count,
                1,
                text.as_ptr(),
                ptr::null_mut(),
                &raw mut handle,
            )
        };
        check("LGBM_DatasetCreateFromMat", code)?;
        Ok(Self {
            handle,
            rows,
            columns,
            categorical: categorical.to_vec(),
            labelled: false,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Sets one label a row: 0 for benign, 1 for malicious.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Length`] or [`LightGbmError::Element`] if a label is missing or is
    /// neither 0 nor 1, and [`LightGbmError::Library`] if LightGBM refuses.
    pub fn set_label(&mut self, labels: &[f32]) -> Result<(), LightGbmError> {
        #[expect(clippy::float_cmp, reason = "labels are exactly 0 or 1")]
        let is_label = |label: f32| label == 0.0 || label == 1.0;
        refuse_element("label", "0 or 1", labels, is_label)?;
        self.set_floats("label", labels)?;
        self.labelled = true;
        Ok(())
    }

    /// Sets one weight a row, finite and not below 0.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Length`] or [`LightGbmError::Element`] if a weight is missing or out of
    /// range, and [`LightGbmError::Library`] if LightGBM refuses.
    pub fn set_weight(&mut self, weights: &[f32]) -> Result<(), LightGbmError> {
        let is_weight = |weight: f32| weight.is_finite() && weight >= 0.0;
        refuse_element("weight", "finite and not below 0", weights, is_weight)?;
        self.set_floats("weight", weights)
    }

    /// Sets one raw score (log odds) a row that training starts from instead of the mean.
    ///
    /// The forest's text does not contain these scores: its own are to be added to them.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Length`] or [`LightGbmError::Element`] if a score is missing or not
    /// finite, and [`LightGbmError::Library`] if LightGBM refuses.
    pub fn set_init_score(&mut self, scores: &[f64]) -> Result<(), LightGbmError> {
        refuse_element("init_score", "finite", scores, f64::is_finite)?;
        self.refuse_length("init_score", scores.len())?;
        let data = scores.as_ptr().cast::<c_void>();
        self.set_field("init_score", data, constant(C_API_DTYPE_FLOAT64))
    }

    pub(crate) fn handle(&self) -> DatasetHandle {
        self.handle
    }

    pub(crate) fn categorical(&self) -> &[usize] {
        &self.categorical
    }

    pub(crate) fn is_labelled(&self) -> bool {
        self.labelled
    }

    fn set_floats(&mut self, field: &'static str, values: &[f32]) -> Result<(), LightGbmError> {
        self.refuse_length(field, values.len())?;
        let data = values.as_ptr().cast::<c_void>();
        self.set_field(field, data, constant(C_API_DTYPE_FLOAT32))
    }

    fn refuse_length(&self, what: &'static str, found: usize) -> Result<(), LightGbmError> {
        if found == self.rows {
            Ok(())
        } else {
            Err(LightGbmError::Length {
                what,
                expected: self.rows,
                found,
            })
        }
    }

    /// Copies a field of `self.rows` elements of the given type into the dataset. Callers have
    /// checked that `data` holds as many.
    fn set_field(
        &mut self,
        field: &'static str,
        data: *const c_void,
        element_type: i32,
    ) -> Result<(), LightGbmError> {
        let name = c_text(field)?;
        let elements = count("rows", self.rows)?;
        let _turn = Turn::take()?;
        // SAFETY: the handle is alive as long as `self`; `name` is NUL-terminated; both callers
        // pass a slice of `self.rows` elements of the stated type, which LightGBM copies.
        let code = unsafe {
            LGBM_DatasetSetField(self.handle, name.as_ptr(), data, elements, element_type)
        };
        check("LGBM_DatasetSetField", code)
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        // SAFETY: the handle came from LightGBM, is freed once, and no booster outlives the call
        // that borrowed this dataset. The return code says nothing that could be acted on.
        unsafe { LGBM_DatasetFree(self.handle) };
    }
}

/// A NUL-terminated copy of `text`.
pub(crate) fn c_text(text: &str) -> Result<CString, LightGbmError> {
    CString::new(text).map_err(|error| LightGbmError::Nul {
        at: error.nul_position(),
    })
}

fn refuse_element<T: Copy + Into<f64>>(
    what: &'static str,
    range: &'static str,
    values: &[T],
    fits: impl Fn(T) -> bool,
) -> Result<(), LightGbmError> {
    match values.iter().position(|value| !fits(*value)) {
        None => Ok(()),
        Some(index) => {
            let found = values.get(index).map_or(f64::NAN, |value| (*value).into());
            Err(LightGbmError::Element {
                what,
                range,
                index,
                found,
            })
        }
    }
}
