//! The task: what is malicious here, what mistakes cost, how the input is read.

/// A task.
#[derive(Clone, Debug)]
pub struct Task {}
