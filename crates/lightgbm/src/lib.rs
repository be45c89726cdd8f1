//! The safe wrapper of LightGBM's C interface
