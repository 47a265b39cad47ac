//! One lane of plain Rust: what the other machines are held against, and what does the rest where their lanes are not full.

use super::{EPSILON, Machine, ORDER};
use plonky2::field::goldilocks_field::GoldilocksField as F;

/// The machine that every processor is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain;

impl Machine for Plain {
    type V = u64;
    type Row = [F; 1];

    #[inline(always)]
    fn rows(words: &[F]) -> &[[F; 1]] {
        words.as_chunks().0
    }

    #[inline(always)]
    fn rows_mut(words: &mut [F]) -> &mut [[F; 1]] {
        words.as_chunks_mut().0
    }

    #[inline(always)]
    fn splat(self, x: u64) -> u64 {
        x
    }

    #[inline(always)]
    fn load(self, row: &[F; 1]) -> u64 {
        row[0].0
    }

    #[inline(always)]
    fn store(self, x: u64, row: &mut [F; 1]) {
        row[0] = F(x);
    }

    #[inline(always)]
    fn add(self, x: u64, y: u64) -> u64 {
        x.wrapping_add(y)
    }

    #[inline(always)]
    fn sub(self, x: u64, y: u64) -> u64 {
        x.wrapping_sub(y)
    }

    #[inline(always)]
    fn and(self, x: u64, y: u64) -> u64 {
        x & y
    }

    #[inline(always)]
    fn shl<const N: u32>(self, x: u64) -> u64 {
        x << N
    }

    #[inline(always)]
    fn shr<const N: u32>(self, x: u64) -> u64 {
        x >> N
    }

    #[inline(always)]
    fn upper_signed(self, x: u64) -> u64 {
        (x.cast_signed() >> 32).cast_unsigned()
    }

    #[inline(always)]
    fn upper_loose(self, x: u64) -> u64 {
        x >> 32
    }

    #[inline(always)]
    fn mul_lower(self, x: u64, y: u64) -> u64 {
        (x & EPSILON) * (y & EPSILON)
    }

    #[inline(always)]
    fn pack(self, low: u64, high: u64) -> u64 {
        low & EPSILON | high << 32
    }

    #[inline(always)]
    fn field_add(self, x: u64, y: u64) -> u64 {
        let (sum, carry) = x.overflowing_add(y);
        sum.wrapping_add(EPSILON * u64::from(carry))
    }

    #[inline(always)]
    fn field_sub(self, x: u64, y: u64) -> u64 {
        let (difference, borrow) = x.overflowing_sub(y);
        difference.wrapping_sub(EPSILON * u64::from(borrow))
    }

    #[inline(always)]
    fn canonical(self, x: u64) -> u64 {
        if x >= ORDER { x - ORDER } else { x }
    }

    /// The processor multiplies whole words: that is faster than halves.
    #[inline(always)]
    fn mul_each<const N: usize>(self, mut x: [u64; N], y: [u64; N]) -> [u64; N] {
        for i in 0..N {
            let product = u128::from(x[i]) * u128::from(y[i]);
            [x[i]] = self.reduce_each([(product >> 64) as u64], [product as u64]);
        }
        x
    }

    #[inline(always)]
    fn square_each<const N: usize>(self, x: [u64; N]) -> [u64; N] {
        self.mul_each(x, x)
    }
}
