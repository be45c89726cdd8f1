//! The gate: may a new detector replace the one in use?

pub mod report;

pub use report::{
    Decision, GATE_FILE, GateCheck, GateReport, GateReportError, JudgedEvents, Side, Unit, decision,
};
