//! What the permutation by 52-bit limbs adds and multiplies with, computed once from plonky2's constants.
//!
//! Where a sum must not become negative, 2^64 is added to it, which is ε in the field: a *bias*. Constants that follow have it taken
//! away again, so that it costs nothing.

use super::{FULL_ROUNDS, PARTIAL_ROUNDS, WIDTH};
use crate::machine::EPSILON;
use plonky2::{
    field::{
        goldilocks_field::GoldilocksField as Field,
        types::{Field as _, PrimeField64},
    },
    hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon},
};

/// The bits of a lower limb.
pub(super) const LIMB: u64 = (1 << 52) - 1;
/// Rows of a block: what twelve elements are after it, then the first element before each of its rounds but the first.
const ROWS: usize = 16;
/// The most partial rounds of a block: more make coefficients that no longer fit.
const BLOCK_MAX: usize = 5;
/// The partial rounds of each block.
pub(super) const BLOCKS: [usize; 5] = [5, 5, 4, 4, 4];

/// A constant as two limbs, below 2^52 and below 2^12.
#[derive(Clone, Copy, Default)]
pub(super) struct Limbs {
    pub lower: u64,
    pub upper: u64,
}

impl Limbs {
    fn of(x: Field) -> Self {
        let x = x.to_canonical_u64();
        Self { lower: x & LIMB, upper: x >> 52 }
    }
}

/// Some partial rounds as one linear layer: these change the first element alone in another way than linearly, so what comes out
/// is linear in the eleven others and in what each S-box gives.
pub(super) struct Block {
    /// The part of each of the eleven elements that no S-box touches, below 2^38.
    pub others: [[u64; ROWS]; WIDTH - 1],
    /// The part of what each S-box gives, below 2^38.
    pub boxed: [[u64; ROWS]; BLOCK_MAX],
}

/// All of it.
pub(super) struct Tables {
    /// What the first round adds.
    pub first: [u64; WIDTH],
    /// What the S-boxes of a full round add, before its linear layer.
    pub full: [[Limbs; WIDTH]; FULL_ROUNDS],
    /// What the S-box of a partial round adds.
    pub partial: [Limbs; PARTIAL_ROUNDS],
    pub blocks: [Block; BLOCKS.len()],
    /// What is added after the partial rounds.
    pub last: [Limbs; WIDTH],
}

type Matrix = [[u64; WIDTH]; WIDTH];

impl Tables {
    pub fn new() -> Option<Self> {
        let matrix = matrix();
        let inverse = inverse(&matrix)?;
        let bias = Field(EPSILON);
        let full = std::array::from_fn(|round| {
            // After the linear layer there is the bias of the normalisation.
            let wanted: [Field; WIDTH] = std::array::from_fn(|i| after(round, i) - bias);
            // Before it, there is the bias of the S-box.
            std::array::from_fn(|i| Limbs::of(dot(&inverse[i], &wanted) - bias))
        });
        let partial = <Field as Poseidon>::FAST_PARTIAL_ROUND_CONSTANTS;
        Some(Self {
            first: std::array::from_fn(|i| ALL_ROUND_CONSTANTS[i]),
            full,
            // The biases of the S-box, and of the normalisation after it.
            partial: std::array::from_fn(|round| Limbs::of(Field(partial[round]) - bias - bias)),
            blocks: BLOCKS.map(|rounds| block(&matrix, rounds)),
            last: std::array::from_fn(|i| Limbs::of(Field(ALL_ROUND_CONSTANTS[WIDTH * 26 + i]))),
        })
    }
}

/// The constant that follows the linear layer of a full round.
fn after(round: usize, i: usize) -> Field {
    match round {
        0..3 => Field(ALL_ROUND_CONSTANTS[WIDTH * (round + 1) + i]),
        3 => Field(<Field as Poseidon>::FAST_PARTIAL_FIRST_ROUND_CONSTANT[i]),
        4..7 => Field(ALL_ROUND_CONSTANTS[WIDTH * (PARTIAL_ROUNDS + 1 + round) + i]),
        _ => Field::ZERO,
    }
}

/// The matrix of the linear layer.
fn matrix() -> Matrix {
    std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            let circulant = <Field as Poseidon>::MDS_MATRIX_CIRC[(column + WIDTH - row) % WIDTH];
            let diagonal = if row == column { <Field as Poseidon>::MDS_MATRIX_DIAG[row] } else { 0 };
            circulant + diagonal
        })
    })
}

/// Some partial rounds: powers of the matrix, without what the first element would give.
fn block(matrix: &Matrix, rounds: usize) -> Block {
    let without_first = |v: [u64; WIDTH]| -> [u64; WIDTH] {
        std::array::from_fn(|row| (1..WIDTH).map(|column| matrix[row][column] * v[column]).sum())
    };
    let mut block = Block { others: [[0; ROWS]; WIDTH - 1], boxed: [[0; ROWS]; BLOCK_MAX] };
    let follow = |rows: &mut [u64; ROWS], mut v: [u64; WIDTH], from: usize| {
        for round in from..=rounds {
            if round > from {
                v = without_first(v);
            }
            if round < rounds {
                rows[WIDTH - 1 + round] = v[0];
            }
        }
        rows[..WIDTH].copy_from_slice(&v);
    };
    for (i, rows) in block.others.iter_mut().enumerate() {
        follow(rows, without_first(std::array::from_fn(|column| u64::from(column == i + 1))), 1);
    }
    for (round, rows) in block.boxed.iter_mut().enumerate().take(rounds) {
        follow(rows, std::array::from_fn(|row| matrix[row][0]), round + 1);
    }
    block
}

fn dot(row: &[Field; WIDTH], v: &[Field; WIDTH]) -> Field {
    row.iter().zip(v).map(|(&a, &b)| a * b).sum()
}

/// The inverse by Gauss and Jordan; absent if there is none.
fn inverse(matrix: &Matrix) -> Option<[[Field; WIDTH]; WIDTH]> {
    let unit = |row, column| if row == column { Field::ONE } else { Field::ZERO };
    let mut left: [[Field; WIDTH]; WIDTH] = matrix.map(|row| row.map(Field));
    let mut right: [[Field; WIDTH]; WIDTH] = std::array::from_fn(|row| std::array::from_fn(|column| unit(row, column)));
    for column in 0..WIDTH {
        let pivot = (column..WIDTH).find(|&row| left[row][column] != Field::ZERO)?;
        left.swap(column, pivot);
        right.swap(column, pivot);
        let scale = left[column][column].inverse();
        left[column] = left[column].map(|x| x * scale);
        right[column] = right[column].map(|x| x * scale);
        let (pivot_left, pivot_right) = (left[column], right[column]);
        for row in (0..WIDTH).filter(|&row| row != column) {
            let factor = left[row][column];
            left[row] = std::array::from_fn(|i| left[row][i] - factor * pivot_left[i]);
            right[row] = std::array::from_fn(|i| right[row][i] - factor * pivot_right[i]);
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_of_blocks_fit() {
        for block in Tables::new().unwrap().blocks {
            let all = block.others.iter().chain(&block.boxed).flatten();
            assert!(all.clone().all(|&coefficient| coefficient < 1 << 38), "{:?}", all.max());
        }
    }

    #[test]
    fn a_matrix_without_an_inverse_has_none() {
        assert!(inverse(&[[1; WIDTH]; WIDTH]).is_none() && inverse(&matrix()).is_some());
    }
}
