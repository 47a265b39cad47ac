//! Four lanes with AVX2, which compares signed numbers alone: so numbers are compared with their top bit flipped.

#![expect(unsafe_code, reason = "instructions that not every processor has")]

use super::{EPSILON, Machine, ORDER};
use plonky2::field::goldilocks_field::GoldilocksField as F;
use std::arch::x86_64::*;

/// The machine of a processor with AVX2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// The machine, if this processor is one.
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// Names an instruction of AVX2.
macro_rules! instruction {
    ($($call:tt)*) => {
        // SAFETY: `self` exists on processors with AVX2 alone; whatever is pointed to is a whole row.
        unsafe { $($call)* }
    };
}

/// The top bit of a lane.
const TOP: i64 = i64::MIN;

impl Machine for Avx2 {
    type V = __m256i;
    type Row = [F; 4];

    #[inline(always)]
    fn rows(words: &[F]) -> &[[F; 4]] {
        words.as_chunks().0
    }

    #[inline(always)]
    fn rows_mut(words: &mut [F]) -> &mut [[F; 4]] {
        words.as_chunks_mut().0
    }

    #[inline(always)]
    fn splat(self, x: u64) -> __m256i {
        instruction!(_mm256_set1_epi64x(x.cast_signed()))
    }

    #[inline(always)]
    fn load(self, row: &[F; 4]) -> __m256i {
        instruction!(_mm256_loadu_si256(row.as_ptr().cast()))
    }

    #[inline(always)]
    fn store(self, x: __m256i, row: &mut [F; 4]) {
        instruction!(_mm256_storeu_si256(row.as_mut_ptr().cast(), x))
    }

    #[inline(always)]
    fn add(self, x: __m256i, y: __m256i) -> __m256i {
        instruction!(_mm256_add_epi64(x, y))
    }

    #[inline(always)]
    fn sub(self, x: __m256i, y: __m256i) -> __m256i {
        instruction!(_mm256_sub_epi64(x, y))
    }

    #[inline(always)]
    fn and(self, x: __m256i, y: __m256i) -> __m256i {
        instruction!(_mm256_and_si256(x, y))
    }

    /// Shifts by a constant: the compiler sees through the register.
    #[inline(always)]
    fn shl<const N: u32>(self, x: __m256i) -> __m256i {
        instruction!(_mm256_sll_epi64(x, _mm_cvtsi32_si128(N.cast_signed())))
    }

    #[inline(always)]
    fn shr<const N: u32>(self, x: __m256i) -> __m256i {
        instruction!(_mm256_srl_epi64(x, _mm_cvtsi32_si128(N.cast_signed())))
    }

    #[inline(always)]
    fn upper_signed(self, x: __m256i) -> __m256i {
        instruction!({
            let signs = _mm256_srai_epi32::<31>(x);
            let upper = _mm256_shuffle_epi32::<0xF5>(x);
            _mm256_blend_epi32::<0xAA>(upper, signs)
        })
    }

    /// A copy of each upper half in the lower one: it runs where multiplications do not, unlike a shift.
    #[inline(always)]
    fn upper_loose(self, x: __m256i) -> __m256i {
        instruction!(_mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(x))))
    }

    #[inline(always)]
    fn mul_lower(self, x: __m256i, y: __m256i) -> __m256i {
        instruction!(_mm256_mul_epu32(x, y))
    }

    #[inline(always)]
    fn pack(self, low: __m256i, high: __m256i) -> __m256i {
        instruction!(_mm256_blend_epi32::<0xAA>(
            low,
            _mm256_castps_si256(_mm256_moveldup_ps(_mm256_castsi256_ps(high)))
        ))
    }

    /// `y` is at most 2^64 − 2^32, so comparing upper halves tells whether the sum has wrapped.
    #[inline(always)]
    fn field_add(self, x: __m256i, y: __m256i) -> __m256i {
        instruction!({
            let top = _mm256_set1_epi64x(TOP);
            let flipped = _mm256_xor_si256(x, top);
            let sum = _mm256_add_epi64(flipped, y);
            let carry = _mm256_srli_epi64::<32>(_mm256_cmpgt_epi32(flipped, sum));
            _mm256_xor_si256(_mm256_add_epi64(sum, carry), top)
        })
    }

    #[inline(always)]
    fn field_sub(self, x: __m256i, y: __m256i) -> __m256i {
        instruction!({
            let top = _mm256_set1_epi64x(TOP);
            let flipped = _mm256_xor_si256(x, top);
            let difference = _mm256_sub_epi64(flipped, y);
            let borrow = _mm256_srli_epi64::<32>(_mm256_cmpgt_epi32(difference, flipped));
            _mm256_xor_si256(_mm256_sub_epi64(difference, borrow), top)
        })
    }

    #[inline(always)]
    fn canonical(self, x: __m256i) -> __m256i {
        instruction!({
            let order = _mm256_set1_epi64x(ORDER.cast_signed() ^ TOP);
            let is_below = _mm256_cmpgt_epi64(order, _mm256_xor_si256(x, _mm256_set1_epi64x(TOP)));
            // Without p is with ε, modulo 2^64.
            _mm256_add_epi64(x, _mm256_andnot_si256(is_below, _mm256_set1_epi64x(EPSILON.cast_signed())))
        })
    }

    /// As everywhere, with the top bit flipped once for both steps.
    #[inline(always)]
    fn reduce_each<const N: usize>(self, mut high: [__m256i; N], mut low: [__m256i; N]) -> [__m256i; N] {
        instruction!({
            let top = _mm256_set1_epi64x(TOP);
            for i in 0..N {
                let flipped = _mm256_xor_si256(low[i], top);
                let difference = _mm256_sub_epi64(flipped, _mm256_srli_epi64::<32>(high[i]));
                let borrow = _mm256_srli_epi64::<32>(_mm256_cmpgt_epi32(difference, flipped));
                low[i] = _mm256_sub_epi64(difference, borrow);
                high[i] = _mm256_mul_epu32(high[i], _mm256_set1_epi64x(EPSILON.cast_signed()));
            }
            for i in 0..N {
                let sum = _mm256_add_epi64(low[i], high[i]);
                let carry = _mm256_srli_epi64::<32>(_mm256_cmpgt_epi32(low[i], sum));
                low[i] = _mm256_xor_si256(_mm256_add_epi64(sum, carry), top);
            }
            low
        })
    }
}
