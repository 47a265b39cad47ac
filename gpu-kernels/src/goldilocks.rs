//! The Goldilocks field, p = 2^64 − 2^32 + 1, in the few steps a machine with 64-bit multiplication needs.
//!
//! With ε = 2^32 − 1, both 2^64 ≡ ε and 2^96 ≡ −1 (mod p): a product of 128 bits is reduced by one small
//! multiplication, an addition and a subtraction. Every result is canonical, below p, so equal elements have
//! equal bits.

use std::{
    fmt,
    ops::{Add, Mul, Neg, Sub},
};

/// 2^64 modulo p.
const EPSILON: u64 = 0xffff_ffff;

/// An element, always canonical.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Goldilocks(u64);

impl Goldilocks {
    /// The number of elements.
    pub const ORDER: u64 = 0xffff_ffff_0000_0001;
    /// The neutral element of addition.
    pub const ZERO: Self = Self(0);
    /// The neutral element of multiplication.
    pub const ONE: Self = Self(1);
    /// plonky2's generator of the multiplicative group.
    pub const GENERATOR: Self = Self(14_293_326_489_335_486_720);
    /// plonky2's root of unity of order `2^TWO_ADICITY`.
    pub const ROOT_OF_UNITY: Self = Self(7_277_203_076_849_721_926);
    /// The largest power of two that divides the order of the multiplicative group.
    pub const TWO_ADICITY: u32 = 32;

    /// The element of a number below the order; `None` for any other.
    pub const fn from_canonical(value: u64) -> Option<Self> {
        if value < Self::ORDER { Some(Self(value)) } else { None }
    }

    /// Any 64-bit number, modulo the order.
    pub const fn reduce(value: u64) -> Self {
        let (reduced, below) = value.overflowing_sub(Self::ORDER);
        Self(if below { value } else { reduced })
    }

    /// Any 128-bit number, modulo the order.
    pub const fn reduce_wide(value: u128) -> Self {
        let (low, high) = (value as u64, (value >> 64) as u64);
        let (high_high, high_low) = (high >> 32, high & EPSILON);
        // low + 2^64·high_low + 2^96·high_high ≡ low + ε·high_low − high_high
        let (difference, borrow) = low.overflowing_sub(high_high);
        let difference = if borrow { difference.wrapping_sub(EPSILON) } else { difference };
        let (sum, carry) = difference.overflowing_add(high_low * EPSILON);
        Self::reduce(if carry { sum.wrapping_add(EPSILON) } else { sum })
    }

    /// The number below the order.
    pub const fn to_canonical(self) -> u64 {
        self.0
    }

    /// This element multiplied by itself, `exponent` times.
    pub fn pow(self, exponent: u64) -> Self {
        let bits = (0..u64::BITS - exponent.leading_zeros()).rev();
        bits.fold(Self::ONE, |power, bit| {
            let square = power * power;
            if exponent >> bit & 1 == 1 { square * self } else { square }
        })
    }

    /// What multiplied with this gives one; `None` for zero.
    pub fn inverse(self) -> Option<Self> {
        (self != Self::ZERO).then(|| self.pow(Self::ORDER - 2))
    }

    /// A root of unity of order `2^bits`; `None` beyond [`Self::TWO_ADICITY`].
    pub fn root_of_unity(bits: u32) -> Option<Self> {
        let squarings = Self::TWO_ADICITY.checked_sub(bits)?;
        Some((0..squarings).fold(Self::ROOT_OF_UNITY, |root, _| root * root))
    }
}

impl Add for Goldilocks {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // Subtracting what is missing to the order cannot overflow as the sum could.
        self - Self(Self::ORDER - other.0)
    }
}

impl Sub for Goldilocks {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = self.0.overflowing_sub(other.0);
        Self(if borrow { difference.wrapping_add(Self::ORDER) } else { difference })
    }
}

impl Mul for Goldilocks {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::reduce_wide(u128::from(self.0) * u128::from(other.0))
    }
}

impl Neg for Goldilocks {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl fmt::Debug for Goldilocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plonky2::field::{
        goldilocks_field::GoldilocksField as Reference,
        types::{Field, Field64, PrimeField64},
    };
    use proptest::prelude::*;

    /// Numbers where carries happen, and any others.
    fn number() -> impl Strategy<Value = u64> {
        let edges =
            [0, 1, EPSILON - 1, EPSILON, EPSILON + 1, 1 << 63, Goldilocks::ORDER - 1, Goldilocks::ORDER, u64::MAX];
        prop_oneof![proptest::sample::select(edges.to_vec()), any::<u64>()]
    }

    fn reference(value: Goldilocks) -> Reference {
        Reference::from_canonical_u64(value.to_canonical())
    }

    /// The number of cases: `PROPTEST_CASES`, which a block that sets its own would ignore, else the usual one.
    fn cases(usual: u32) -> u32 {
        std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(cases(20_000)))]

        #[test]
        fn arithmetic_is_plonky2s(a in number(), b in number()) {
            let (x, y) = (Goldilocks::reduce(a), Goldilocks::reduce(b));
            let (rx, ry) = (reference(x), reference(y));
            prop_assert_eq!((x + y).to_canonical(), (rx + ry).to_canonical_u64());
            prop_assert_eq!((x - y).to_canonical(), (rx - ry).to_canonical_u64());
            prop_assert_eq!((x * y).to_canonical(), (rx * ry).to_canonical_u64());
            prop_assert_eq!((-x).to_canonical(), (-rx).to_canonical_u64());
        }

        #[test]
        fn reduction_is_a_remainder(low in number(), high in number()) {
            let value = u128::from(high) << 64 | u128::from(low);
            let remainder = value % u128::from(Goldilocks::ORDER);
            prop_assert_eq!(u128::from(Goldilocks::reduce_wide(value).to_canonical()), remainder);
            prop_assert_eq!(Goldilocks::reduce(low).to_canonical(), low % Goldilocks::ORDER);
            prop_assert_eq!(Goldilocks::from_canonical(low).is_some(), low < Goldilocks::ORDER);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(cases(500)))]

        #[test]
        fn powers_and_inverses_are_plonky2s(a in number(), exponent in number()) {
            let x = Goldilocks::reduce(a);
            prop_assert_eq!(x.pow(exponent).to_canonical(), reference(x).exp_u64(exponent).to_canonical_u64());
            match x.inverse() {
                Some(inverse) => prop_assert_eq!(inverse * x, Goldilocks::ONE),
                None => prop_assert_eq!(x, Goldilocks::ZERO),
            }
        }
    }

    #[test]
    fn constants_are_plonky2s() {
        assert_eq!(Goldilocks::ORDER, Reference::ORDER);
        assert_eq!(reference(Goldilocks::GENERATOR), Reference::MULTIPLICATIVE_GROUP_GENERATOR);
        for bits in 0..=Goldilocks::TWO_ADICITY {
            let root = Goldilocks::root_of_unity(bits).unwrap();
            assert_eq!(reference(root), Reference::primitive_root_of_unity(bits as usize));
        }
        assert_eq!(Goldilocks::root_of_unity(33), None);
    }
}
