//! What is kept: events, datasets, detectors and logs, in files with a catalog
