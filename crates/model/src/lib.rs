//! Detection models: forests and linear text models, calibration, thresholds, explanations
