//! Eight lanes with AVX-512 (F, DQ, VL and BW; no IFMA).

#![expect(unsafe_code, reason = "instructions that not every processor has")]

use super::{EPSILON, Machine, ORDER};
use plonky2::field::goldilocks_field::GoldilocksField as F;
use std::arch::x86_64::*;

/// The machine of a processor with AVX-512.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// The machine, if this processor is one.
    pub(crate) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        has_all.then_some(Self(()))
    }
}

/// Names an instruction of AVX-512.
macro_rules! instruction {
    ($($call:tt)*) => {
        // SAFETY: `self` exists on processors with these instructions alone; whatever is pointed to is a whole row.
        unsafe { $($call)* }
    };
}

impl Machine for Avx512 {
    type V = __m512i;
    type Row = [F; 8];

    #[inline(always)]
    fn rows(words: &[F]) -> &[[F; 8]] {
        words.as_chunks().0
    }

    #[inline(always)]
    fn rows_mut(words: &mut [F]) -> &mut [[F; 8]] {
        words.as_chunks_mut().0
    }

    #[inline(always)]
    fn splat(self, x: u64) -> __m512i {
        instruction!(_mm512_set1_epi64(x.cast_signed()))
    }

    #[inline(always)]
    fn load(self, row: &[F; 8]) -> __m512i {
        instruction!(_mm512_loadu_si512(row.as_ptr().cast()))
    }

    #[inline(always)]
    fn store(self, x: __m512i, row: &mut [F; 8]) {
        instruction!(_mm512_storeu_si512(row.as_mut_ptr().cast(), x))
    }

    #[inline(always)]
    fn add(self, x: __m512i, y: __m512i) -> __m512i {
        instruction!(_mm512_add_epi64(x, y))
    }

    #[inline(always)]
    fn sub(self, x: __m512i, y: __m512i) -> __m512i {
        instruction!(_mm512_sub_epi64(x, y))
    }

    #[inline(always)]
    fn and(self, x: __m512i, y: __m512i) -> __m512i {
        instruction!(_mm512_and_si512(x, y))
    }

    #[inline(always)]
    fn shl<const N: u32>(self, x: __m512i) -> __m512i {
        instruction!(_mm512_slli_epi64::<N>(x))
    }

    #[inline(always)]
    fn shr<const N: u32>(self, x: __m512i) -> __m512i {
        instruction!(_mm512_srli_epi64::<N>(x))
    }

    #[inline(always)]
    fn upper_signed(self, x: __m512i) -> __m512i {
        instruction!(_mm512_srai_epi64::<32>(x))
    }

    /// A copy of each upper half in the lower one: it runs where multiplications do not, unlike a shift.
    #[inline(always)]
    fn upper_loose(self, x: __m512i) -> __m512i {
        instruction!(_mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(x))))
    }

    #[inline(always)]
    fn mul_lower(self, x: __m512i, y: __m512i) -> __m512i {
        instruction!(_mm512_mul_epu32(x, y))
    }

    #[inline(always)]
    fn pack(self, low: __m512i, high: __m512i) -> __m512i {
        instruction!(_mm512_castps_si512(_mm512_mask_moveldup_ps(
            _mm512_castsi512_ps(low),
            0xAAAA,
            _mm512_castsi512_ps(high)
        )))
    }

    #[inline(always)]
    fn field_add(self, x: __m512i, y: __m512i) -> __m512i {
        instruction!({
            let sum = _mm512_add_epi64(x, y);
            let carry = _mm512_cmplt_epu64_mask(sum, y);
            // Without p once more is with ε once more.
            _mm512_mask_sub_epi64(sum, carry, sum, _mm512_set1_epi64(ORDER.cast_signed()))
        })
    }

    #[inline(always)]
    fn field_sub(self, x: __m512i, y: __m512i) -> __m512i {
        instruction!({
            let borrow = _mm512_cmplt_epu64_mask(x, y);
            let difference = _mm512_sub_epi64(x, y);
            _mm512_mask_add_epi64(difference, borrow, difference, _mm512_set1_epi64(ORDER.cast_signed()))
        })
    }

    /// Where x is below p, x − p wraps to something larger.
    #[inline(always)]
    fn canonical(self, x: __m512i) -> __m512i {
        instruction!(_mm512_min_epu64(x, _mm512_add_epi64(x, _mm512_set1_epi64(EPSILON.cast_signed()))))
    }
}
