//! Stages: what a command serves in an intrusion, in the order in which intrusions usually go.

/// What a command serves in an intrusion. A harmless command may serve some of them too: `uname` discovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Looks around: system, users, processes, network.
    Discover,
    /// Reads or tries passwords, keys, histories.
    Credentials,
    /// Fetches something from elsewhere.
    Download,
    /// Runs what was fetched or decoded.
    Run,
    /// Connects back, listens, tunnels, goes on to other machines.
    Connect,
    /// Makes itself come again: cron, keys, services, start files.
    Persist,
    /// Uses the machine: mining, floods, destruction, ransom.
    Impact,
    /// Hides: deletes traces, stops logging, switches protection off.
    Hide,
}

impl Stage {
    /// Every stage, in the usual order.
    pub const ALL: [Self; 8] = [
        Self::Discover,
        Self::Credentials,
        Self::Download,
        Self::Run,
        Self::Connect,
        Self::Persist,
        Self::Impact,
        Self::Hide,
    ];

    /// Returns the stage's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Discover => "discover",
            Self::Credentials => "credentials",
            Self::Download => "download",
            Self::Run => "run",
            Self::Connect => "connect",
            Self::Persist => "persist",
            Self::Impact => "impact",
            Self::Hide => "hide",
        }
    }
}

/// A set of stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages(u8);

impl Stages {
    /// Returns this set with one more stage.
    #[must_use]
    pub const fn with(self, stage: Stage) -> Self {
        Self(self.0 | Self::bit(stage))
    }

    /// Returns whether a stage is in the set.
    #[must_use]
    pub const fn has(self, stage: Stage) -> bool {
        self.0 & Self::bit(stage) != 0
    }

    /// Returns whether no stage is.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the stages in the usual order.
    pub fn iter(self) -> impl Iterator<Item = Stage> {
        Stage::ALL.into_iter().filter(move |stage| self.has(*stage))
    }

    const fn bit(stage: Stage) -> u8 {
        1_u8.wrapping_shl(stage as u32)
    }
}

impl FromIterator<Stage> for Stages {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        stages.into_iter().fold(Self::default(), Self::with)
    }
}
