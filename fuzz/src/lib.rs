//! The properties that the fuzz targets explore: those of the crates' own tests, from the same files, so
//! that a crash found here becomes a case of a corpus that the tests replay.

/// Sources, unpacking, URLs, messages, commands, sessions, tasks, expressions and times.
#[path = "../../crates/intake/tests/properties/mod.rs"]
pub mod intake;

/// Rule files, and Sigma's.
#[path = "../../crates/label/tests/properties/mod.rs"]
pub mod label;

/// Forests, linear models and detectors.
#[path = "../../crates/model/tests/properties/mod.rs"]
pub mod model;

/// What a server reads beside events: its configuration, its own log, and packets of mail servers.
#[path = "../../crates/server/tests/properties/mod.rs"]
pub mod server;

/// What a detector was judged on, as it is kept to watch by.
#[path = "../../crates/watch/tests/properties/mod.rs"]
pub mod watch;
