//! How much CPU this process has used, step by step: what a run costs is one of its figures.

/// Ticks a second in which the kernel counts a process's time, on every Linux that Debian ships.
const TICKS_PER_SECOND: f64 = 100.0;

/// Steps with the CPU seconds that each took, in order.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    steps: Vec<(&'static str, f64)>,
    before: f64,
}

impl Steps {
    /// Says that a step has ended.
    pub(crate) fn end(&mut self, step: &'static str) {
        let now = used().unwrap_or(self.before);
        self.steps.push((step, now - self.before));
        self.before = now;
    }

    /// Returns the steps in words.
    pub(crate) fn in_words(&self) -> String {
        let words: Vec<String> = self
            .steps
            .iter()
            .map(|(step, seconds)| format!("{step} {seconds:.1}"))
            .collect();
        words.join(", ")
    }
}

/// Returns the CPU seconds of all threads so far, `None` where the kernel does not tell.
fn used() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Option<f64> = ticks.map(|field| field.parse::<f64>().ok()).sum();
    Some(ticks? / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time() {
        let before = used().expect("Linux tells");
        let mut sum = 0_u64;
        while used().expect("Linux tells") - before < 0.02 {
            sum = (0..100_000).fold(sum, u64::wrapping_add);
        }
        let mut steps = Steps::default();
        steps.end("all");
        assert!(
            steps.in_words().starts_with("all ") && steps.before >= 0.02,
            "{sum}"
        );
    }
}
