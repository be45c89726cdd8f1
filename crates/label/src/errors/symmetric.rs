//! How far the numbers of a fitted model may be from where they were found: the inverse of the curvature there.
//!
//! # Source
//!
//! Eigenvalues by cyclic Jacobi rotations: Golub and Van Loan, "Matrix Computations", 4th edition, algorithm 8.5.3.

/// Step of the differences that the curvature is measured by.
const DIFFERENCE: f64 = 1e-4;
/// Curvatures below this are taken for this: where the data says nothing, a standard deviation of 4.5 is wide enough.
const CURVATURE_MIN: f64 = 0.05;
/// Rounds of rotations: a dozen numbers need about six.
const ROUNDS: usize = 50;

/// The spread of a few numbers that hang together.
pub(super) struct Spread {
    /// By number: its part in each independent direction.
    rows: Vec<Vec<f64>>,
}

impl Spread {
    /// Measures the curvature at `theta` by differences of the slope.
    pub(super) fn at(slope: &dyn Fn(&[f64]) -> Vec<f64>, theta: &[f64]) -> Self {
        let moved = |place: usize, step: f64| {
            let mut moved = theta.to_vec();
            moved[place] += step;
            slope(&moved)
        };
        let curvature: Vec<Vec<f64>> = (0..theta.len())
            .map(|place| {
                let (up, down) = (moved(place, DIFFERENCE), moved(place, -DIFFERENCE));
                let each = up.iter().zip(&down);
                each.map(|(a, b)| (a - b) / (2.0 * DIFFERENCE)).collect()
            })
            .collect();
        let width = theta.len();
        let even = |row: usize, column: usize| {
            f64::midpoint(curvature[row][column], curvature[column][row])
        };
        let matrix = (0..width)
            .map(|row| (0..width).map(|column| even(row, column)).collect())
            .collect();
        let (values, vectors) = eigen(matrix);
        let scaled = |row: &Vec<f64>| -> Vec<f64> {
            let each = row.iter().zip(&values);
            each.map(|(part, value)| part / value.max(CURVATURE_MIN).sqrt())
                .collect()
        };
        Self {
            rows: vectors.iter().map(scaled).collect(),
        }
    }

    /// Turns independent standard normal steps into steps of the numbers.
    pub(super) fn apply(&self, steps: &[f64]) -> Vec<f64> {
        self.rows
            .iter()
            .map(|row| super::minimize::dot(row, steps))
            .collect()
    }
}

/// Returns the eigenvalues of a symmetric matrix, and its eigenvectors as columns.
fn eigen(mut matrix: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let width = matrix.len();
    let mut vectors: Vec<Vec<f64>> = (0..width)
        .map(|row| {
            (0..width)
                .map(|column| f64::from(u8::from(row == column)))
                .collect()
        })
        .collect();
    for _ in 0..ROUNDS {
        for first in 0..width {
            for second in first + 1..width {
                rotate(&mut matrix, &mut vectors, first, second);
            }
        }
    }
    ((0..width).map(|at| matrix[at][at]).collect(), vectors)
}

/// Turns two axes so that nothing is left between them.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], first: usize, second: usize) {
    let between = matrix[first][second];
    if between.abs() < f64::MIN_POSITIVE {
        return;
    }
    let ratio = (matrix[second][second] - matrix[first][first]) / (2.0 * between);
    let tangent = ratio.signum() / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turn = |one: f64, other: f64| (cosine * one - sine * other, sine * one + cosine * other);
    for row in matrix.iter_mut().chain(vectors) {
        (row[first], row[second]) = turn(row[first], row[second]);
    }
    let (before, from) = matrix.split_at_mut(second);
    if let (Some(one), Some(other)) = (before.get_mut(first), from.first_mut()) {
        for (one, other) in one.iter_mut().zip(other) {
            (*one, *other) = turn(*one, *other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_make_the_matrix_again() {
        let matrix = vec![
            vec![4.0, 1.0, -2.0],
            vec![1.0, 2.0, 0.5],
            vec![-2.0, 0.5, 3.0],
        ];
        let (values, vectors) = eigen(matrix.clone());
        for row in 0..3 {
            for column in 0..3 {
                let made: f64 = (0..3)
                    .map(|at| vectors[row][at] * values[at] * vectors[column][at])
                    .sum();
                assert!((made - matrix[row][column]).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn the_spread_is_the_inverse_of_the_curvature() {
        // A bowl with curvatures 4 and 16, whose standard deviations are 1/2 and 1/4.
        let slope = |at: &[f64]| vec![4.0 * at[0], 16.0 * at[1]];
        let spread = Spread::at(&slope, &[0.0, 0.0]);
        let moved = spread.apply(&[1.0, 1.0]);
        assert!((moved[0].abs() - 0.5).abs() < 1e-6 && (moved[1].abs() - 0.25).abs() < 1e-6);
    }
}
