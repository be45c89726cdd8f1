//! Labels with known truth, for the tests of this folder.

use ringtrue_core::random::Random;

use super::expected::normal;
use super::noisy::{Labelled, Noise};

/// Events drawn from the model itself: about one in fifteen is malicious.
pub(super) struct Drawn {
    pub(super) features: Vec<Vec<f64>>,
    pub(super) truth: Vec<bool>,
    pub(super) called: Vec<bool>,
    certain: Vec<bool>,
}

impl Drawn {
    pub(super) fn of(seed: u64, count: usize, noise: Noise) -> Self {
        let mut random = Random::new(seed);
        let (mut features, mut truth, mut called) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let row = vec![normal(&mut random), normal(&mut random)];
            let odds = 2.0 * row[0] - row[1] - 4.0;
            let malicious = random.chance(ringtrue_model::sigmoid(odds));
            let wrong = random.chance(if malicious {
                noise.missed
            } else {
                noise.mistaken
            });
            features.push(row);
            truth.push(malicious);
            called.push(malicious != wrong);
        }
        Self {
            certain: vec![false; count],
            features,
            truth,
            called,
        }
    }

    pub(super) fn labelled(&self) -> Labelled<'_> {
        Labelled {
            features: &self.features,
            called: &self.called,
            certain: &self.certain,
        }
    }
}
