//! The safe wrapper of LightGBM's C interface: rows and labels in, the text of a forest out.
//!
//! ```text
//!   &[f32] rows ──► Dataset (binned copy) ──► Booster::train ──► Booster ──► model_text
//!   labels, weights ───▲                          ▲ progress(done, of)        predict_raw
//!   Parameters ────────┴──────────────────────────┘
//! ```
//!
//! This is the only crate in the house with `unsafe`. It trains binary classifiers, and promises:
//!
//! * the same rows and parameters give the same [`Booster::model_text`], byte for byte, on any
//!   number of threads (see [`Parameters`] for what that fixes);
//! * nothing reaches standard output, and every failure is a [`LightGbmError`] (LightGBM writes its
//!   own failures to standard error besides, which cannot be turned off);
//! * calls are taken one at a time for the whole process, because LightGBM keeps its thread count
//!   in a global variable and sizes its buffers by it.
//!
//! It refuses inputs whose lengths disagree, labels other than 0 and 1, and a thread count of 0
//! ("as many as there are"), and it opens no file.
//!
//! OpenMP reads the environment variable `OMP_WAIT_POLICY` when the process starts. Programs that
//! link this crate set it to `passive`: waiting threads otherwise spin, which costs a busy machine
//! several times the work.
//!
//! # Example
//!
//! ```
//! use std::ops::ControlFlow;
//! use ringtrue_lightgbm::{Booster, Dataset, Parameters};
//!
//! let values: Vec<f32> = (0..100_u8).map(f32::from).collect();
//! let labels: Vec<f32> = values.iter().map(|value| f32::from(*value >= 50.0)).collect();
//! let parameters = Parameters { iterations: 5, ..Parameters::default() };
//!
//! let mut dataset = Dataset::from_rows(&values, 100, 1, &parameters, &[])?;
//! dataset.set_label(&labels)?;
//! let booster = Booster::train(&dataset, &parameters, &mut |_, _| ControlFlow::Continue(()))?;
//!
//! let scores = booster.predict_raw(&[10.0, 90.0], 2, 1)?;
//! assert!(scores[0] < scores[1]);
//! # Ok::<(), ringtrue_lightgbm::LightGbmError>(())
//! ```

mod booster;
mod dataset;
mod error;
mod library;
mod parameters;

pub use booster::Booster;
pub use dataset::Dataset;
pub use error::LightGbmError;
pub use parameters::Parameters;
