//! Who permutes states: so many at once as the machine's lanes hold, from memory to memory.

use crate::{
    machine::{Machine, plain::Plain},
    poseidon::{self, WIDTH},
};
use plonky2::field::goldilocks_field::GoldilocksField as F;

/// States side by side: for each element of a state, that of every lane.
pub(crate) type States<const LANES: usize> = [[F; LANES]; WIDTH];

/// A machine that permutes so many states at once.
pub(crate) trait Permuter<const LANES: usize>: Copy + Send + Sync {
    /// Permutes them. Any 64-bit numbers may come in; what goes out is loose.
    fn permute(self, states: &mut States<LANES>);
}

/// The permutation from memory to memory.
#[inline(always)]
fn in_memory<M: Machine<Row = [F; LANES]>, const LANES: usize>(m: M, states: &mut States<LANES>) {
    let mut vectors = [m.splat(0); WIDTH];
    for i in 0..WIDTH {
        vectors[i] = m.load(&states[i]);
    }
    poseidon::permute(m, &mut vectors);
    for i in 0..WIDTH {
        m.store(vectors[i], &mut states[i]);
    }
}

impl Permuter<1> for Plain {
    fn permute(self, states: &mut States<1>) {
        in_memory(self, states);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![expect(unsafe_code, reason = "calls of code that is compiled for some processors alone")]

    use super::{Permuter, States, in_memory};
    use crate::{
        machine::{Machine, avx2::Avx2, avx512::Avx512},
        poseidon::{WIDTH, ifma, ifma::Ifma},
    };

    #[target_feature(enable = "avx2")]
    fn with_avx2(m: Avx2, states: &mut States<4>) {
        in_memory(m, states);
    }

    impl Permuter<4> for Avx2 {
        fn permute(self, states: &mut States<4>) {
            // SAFETY: `self` exists on processors with AVX2 alone.
            unsafe { with_avx2(self, states) }
        }
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
    fn with_avx512(m: Avx512, states: &mut States<8>) {
        in_memory(m, states);
    }

    impl Permuter<8> for Avx512 {
        fn permute(self, states: &mut States<8>) {
            // SAFETY: `self` exists on processors with AVX-512 F, DQ, VL and BW alone.
            unsafe { with_avx512(self, states) }
        }
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")]
    fn with_ifma(m: Ifma, states: &mut States<16>) {
        let mut both = [[m.0.splat(0); WIDTH]; 2];
        for i in 0..WIDTH {
            let ([left, right], _) = states[i].as_chunks() else { return };
            (both[0][i], both[1][i]) = (m.0.load(left), m.0.load(right));
        }
        ifma::permute(m, &mut both);
        for i in 0..WIDTH {
            let ([left, right], _) = states[i].as_chunks_mut() else { return };
            m.0.store(both[0][i], left);
            m.0.store(both[1][i], right);
        }
    }

    impl Permuter<16> for Ifma {
        fn permute(self, states: &mut States<16>) {
            // SAFETY: `self` exists on processors with AVX-512 F, DQ, VL, BW and IFMA alone.
            unsafe { with_ifma(self, states) }
        }
    }
}
