//! What may be set of a training run, and its form as LightGBM's parameter text.
//!
//! Names and defaults are LightGBM's own, so that its documentation explains them. Only what
//! ringtrue uses is here; the switches that decide about reproducible bytes are not offered.

use std::fmt::Display;

use crate::LightGbmError;

/// How a forest is trained: gradient-boosted trees with the log loss of two classes.
///
/// Fixed for every run, so that the same input gives the same bytes on any number of threads:
/// `deterministic`; histograms by column (`force_col_wise`; by row they are summed in as many
/// parts as there are threads, and sums of floats depend on their order); and no bundling of
/// sparse columns (`enable_bundle = false`; bundles are summed by row even so). Columns are kept
/// whatever `min_data_in_leaf` says (`feature_pre_filter = false`), so that one dataset serves
/// several runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Trees to grow, at least 1.
    pub iterations: u32,
    /// Leaves of a tree, 2 to 131072.
    pub num_leaves: u32,
    /// Levels of a tree; `None` for as many as the leaves need.
    pub max_depth: Option<u32>,
    /// Share of each tree's correction that is kept, above 0.
    pub learning_rate: f64,
    /// Rows that a leaf must hold.
    pub min_data_in_leaf: u32,
    /// Sum of the loss's second derivatives that a leaf must hold, 0 or more.
    pub min_sum_hessian_in_leaf: f64,
    /// Gain that a split must bring, 0 or more.
    pub min_gain_to_split: f64,
    /// Pull of leaf values to 0 by their absolute value, 0 or more.
    pub lambda_l1: f64,
    /// Pull of leaf values to 0 by their square, 0 or more.
    pub lambda_l2: f64,
    /// Pull of leaf values to their parent's, 0 or more; above 0 asks for
    /// `min_data_in_leaf` of 2 or more.
    pub path_smooth: f64,
    /// Share of the columns that each tree sees, above 0 and at most 1.
    pub feature_fraction: f64,
    /// Share of the rows that each tree sees, above 0 and at most 1.
    pub bagging_fraction: f64,
    /// The rows are drawn anew after this many trees; 0 for never drawing.
    pub bagging_freq: u32,
    /// Whether each split tries one random threshold a column instead of all.
    pub extra_trees: bool,
    /// Bins that a column's values are put in, 2 to 65535.
    pub max_bin: u32,
    /// Rows that a bin must hold, at least 1.
    pub min_data_in_bin: u32,
    /// Rows that the bins are chosen from, at least 1.
    pub bin_construct_sample_cnt: u32,
    /// For each column -1, 0 or 1: the score must not rise, is free, or must not fall as the
    /// value grows. Empty for no constraint at all.
    pub monotone_constraints: Vec<i8>,
    /// Rows that a category must hold to be told apart, at least 1.
    pub min_data_per_group: u32,
    /// Pull of a category's mean to the common one, 0 or more.
    pub cat_smooth: f64,
    /// `lambda_l2` in splits on categories, 0 or more.
    pub cat_l2: f64,
    /// Categories on one side of a split, at least 1.
    pub max_cat_threshold: u32,
    /// Columns of at most this many categories are split one against the rest, at least 1.
    pub max_cat_to_onehot: u32,
    /// Seed of every random choice, 0 to 2147483647.
    pub seed: u32,
    /// Threads to use, at least 1. Does not change the result.
    pub threads: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            iterations: 100,
            num_leaves: 31,
            max_depth: None,
            learning_rate: 0.1,
            min_data_in_leaf: 20,
            min_sum_hessian_in_leaf: 1e-3,
            min_gain_to_split: 0.0,
            lambda_l1: 0.0,
            lambda_l2: 0.0,
            path_smooth: 0.0,
            feature_fraction: 1.0,
            bagging_fraction: 1.0,
            bagging_freq: 0,
            extra_trees: false,
            max_bin: 255,
            min_data_in_bin: 3,
            bin_construct_sample_cnt: 200_000,
            monotone_constraints: Vec::new(),
            min_data_per_group: 100,
            cat_smooth: 10.0,
            cat_l2: 10.0,
            max_cat_threshold: 32,
            max_cat_to_onehot: 4,
            seed: 1,
            threads: 1,
        }
    }
}

/// What every run has in common; see [`Parameters`] for the reasons.
const FIXED: &str = "objective=binary metric=none boosting=gbdt device_type=cpu verbosity=-1 \
    deterministic=true force_col_wise=true enable_bundle=false feature_pre_filter=false \
    first_metric_only=false";

impl Parameters {
    /// Checks every range, for a table of `columns` columns.
    ///
    /// # Errors
    ///
    /// [`LightGbmError::Parameter`] for the first value outside its range, and
    /// [`LightGbmError::Length`] if the monotone constraints are neither none nor one a column.
    pub(crate) fn check(&self, columns: usize) -> Result<(), LightGbmError> {
        self.check_counts()?;
        self.check_numbers()?;
        let constraints = &self.monotone_constraints;
        if !constraints.is_empty() && constraints.len() != columns {
            return Err(LightGbmError::Length {
                what: "monotone_constraints",
                expected: columns,
                found: constraints.len(),
            });
        }
        match constraints.iter().find(|sign| !(-1..=1).contains(*sign)) {
            None => Ok(()),
            Some(sign) => Err(LightGbmError::Parameter {
                name: "monotone_constraints",
                range: "-1, 0 or 1",
                found: f64::from(*sign),
            }),
        }
    }

    fn check_counts(&self) -> Result<(), LightGbmError> {
        let largest = i32::MAX.unsigned_abs();
        let least_for_smoothing = if self.path_smooth > 0.0 { 2 } else { 0 };
        let depth = self.max_depth.unwrap_or(1);
        for (name, value, low, high, range) in [
            ("iterations", self.iterations, 1, largest, "1 or more"),
            ("num_leaves", self.num_leaves, 2, 131_072, "2 to 131072"),
            ("max_depth", depth, 1, largest, "1 or more"),
            (
                "min_data_in_leaf",
                self.min_data_in_leaf,
                least_for_smoothing,
                largest,
                "at most 2147483647, and 2 or more with `path_smooth`",
            ),
            (
                "bagging_freq",
                self.bagging_freq,
                0,
                largest,
                "at most 2147483647",
            ),
            ("max_bin", self.max_bin, 2, 65_535, "2 to 65535"),
            (
                "min_data_in_bin",
                self.min_data_in_bin,
                1,
                largest,
                "1 or more",
            ),
            (
                "bin_construct_sample_cnt",
                self.bin_construct_sample_cnt,
                1,
                largest,
                "1 or more",
            ),
            (
                "min_data_per_group",
                self.min_data_per_group,
                1,
                largest,
                "1 or more",
            ),
            (
                "max_cat_threshold",
                self.max_cat_threshold,
                1,
                largest,
                "1 or more",
            ),
            (
                "max_cat_to_onehot",
                self.max_cat_to_onehot,
                1,
                largest,
                "1 or more",
            ),
            ("seed", self.seed, 0, largest, "at most 2147483647"),
            ("threads", self.threads, 1, 1024, "1 to 1024"),
        ] {
            if !(low..=high).contains(&value) {
                let found = f64::from(value);
                return Err(LightGbmError::Parameter { name, range, found });
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), LightGbmError> {
        for (name, found) in [
            ("min_sum_hessian_in_leaf", self.min_sum_hessian_in_leaf),
            ("min_gain_to_split", self.min_gain_to_split),
            ("lambda_l1", self.lambda_l1),
            ("lambda_l2", self.lambda_l2),
            ("path_smooth", self.path_smooth),
            ("cat_smooth", self.cat_smooth),
            ("cat_l2", self.cat_l2),
        ] {
            if !(found.is_finite() && found >= 0.0) {
                let range = "finite and not below 0";
                return Err(LightGbmError::Parameter { name, range, found });
            }
        }
        for (name, found, high, range) in [
            ("learning_rate", self.learning_rate, f64::MAX, "above 0"),
            (
                "feature_fraction",
                self.feature_fraction,
                1.0,
                "above 0 and at most 1",
            ),
            (
                "bagging_fraction",
                self.bagging_fraction,
                1.0,
                "above 0 and at most 1",
            ),
        ] {
            if !(found > 0.0 && found <= high) {
                return Err(LightGbmError::Parameter { name, range, found });
            }
        }
        Ok(())
    }

    /// Writes the parameters as `key=value` words; lists are separated by commas, as LightGBM
    /// reads a JSON array wrongly without a word. `categorical` holds column numbers.
    pub(crate) fn text(&self, categorical: &[usize]) -> String {
        let depth = self
            .max_depth
            .map_or_else(|| String::from("-1"), |depth| depth.to_string());
        let mut text = String::from(FIXED);
        let words: [(&str, &dyn Display); 24] = [
            ("num_iterations", &self.iterations),
            ("num_leaves", &self.num_leaves),
            ("max_depth", &depth),
            ("learning_rate", &self.learning_rate),
            ("min_data_in_leaf", &self.min_data_in_leaf),
            ("min_sum_hessian_in_leaf", &self.min_sum_hessian_in_leaf),
            ("min_gain_to_split", &self.min_gain_to_split),
            ("lambda_l1", &self.lambda_l1),
            ("lambda_l2", &self.lambda_l2),
            ("path_smooth", &self.path_smooth),
            ("feature_fraction", &self.feature_fraction),
            ("bagging_fraction", &self.bagging_fraction),
            ("bagging_freq", &self.bagging_freq),
            ("extra_trees", &self.extra_trees),
            ("max_bin", &self.max_bin),
            ("min_data_in_bin", &self.min_data_in_bin),
            ("bin_construct_sample_cnt", &self.bin_construct_sample_cnt),
            ("min_data_per_group", &self.min_data_per_group),
            ("cat_smooth", &self.cat_smooth),
            ("cat_l2", &self.cat_l2),
            ("max_cat_threshold", &self.max_cat_threshold),
            ("max_cat_to_onehot", &self.max_cat_to_onehot),
            ("seed", &self.seed),
            ("num_threads", &self.threads),
        ];
        for (name, value) in words {
            text.extend([" ", name, "=", &value.to_string()]);
        }
        for (name, list) in [
            ("monotone_constraints", join(&self.monotone_constraints)),
            ("categorical_feature", join(categorical)),
        ] {
            if !list.is_empty() {
                text.extend([" ", name, "=", &list]);
            }
        }
        text
    }
}

fn join<T: Display>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_comma_separated_and_absent_when_empty() {
        let plain = Parameters::default().text(&[]);
        assert!(!plain.contains("monotone_constraints"));
        assert!(!plain.contains("categorical_feature"));
        let parameters = Parameters {
            monotone_constraints: vec![1, -1, 0],
            ..Parameters::default()
        };
        let text = parameters.text(&[0, 2]);
        assert!(text.ends_with(" monotone_constraints=1,-1,0 categorical_feature=0,2"));
    }

    #[test]
    fn numbers_are_written_without_exponent_or_rounding() {
        let parameters = Parameters {
            lambda_l2: 1e-7,
            ..Parameters::default()
        };
        assert!(parameters.text(&[]).contains(" lambda_l2=0.0000001 "));
    }

    #[test]
    fn the_defaults_are_in_range_and_each_bad_value_is_named() {
        assert_eq!(Parameters::default().check(3), Ok(()));
        let bad = |change: fn(&mut Parameters)| {
            let mut parameters = Parameters::default();
            change(&mut parameters);
            match parameters.check(3) {
                Err(LightGbmError::Parameter { name, .. }) => name,
                other => panic!("expected a refused parameter, got {other:?}"),
            }
        };
        assert_eq!(bad(|it| it.threads = 0), "threads");
        assert_eq!(bad(|it| it.num_leaves = 1), "num_leaves");
        assert_eq!(bad(|it| it.max_depth = Some(0)), "max_depth");
        assert_eq!(bad(|it| it.learning_rate = f64::NAN), "learning_rate");
        assert_eq!(bad(|it| it.learning_rate = f64::INFINITY), "learning_rate");
        assert_eq!(bad(|it| it.feature_fraction = 1.5), "feature_fraction");
        assert_eq!(bad(|it| it.lambda_l1 = -1.0), "lambda_l1");
        assert_eq!(bad(|it| it.seed = u32::MAX), "seed");
        assert_eq!(
            bad(|it| it.monotone_constraints = vec![0, 2, 0]),
            "monotone_constraints"
        );
        assert_eq!(
            bad(|it| (it.path_smooth, it.min_data_in_leaf) = (1.0, 1)),
            "min_data_in_leaf"
        );
    }

    #[test]
    fn constraints_must_match_the_columns() {
        let parameters = Parameters {
            monotone_constraints: vec![1, 0],
            ..Parameters::default()
        };
        assert_eq!(parameters.check(2), Ok(()));
        assert!(matches!(
            parameters.check(3),
            Err(LightGbmError::Length { .. })
        ));
    }
}
