//! The field of all values, as far as reading, checking and translating constraint systems needs it: so that a node which only
//! buys is built without plonky2. Values are canonical at all times, so equal elements are equal numbers.
//!
//! What is built and proved is plonky2's own arithmetic; the tests hold this one against it.

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// The Goldilocks prime, 2^64 − 2^32 + 1.
pub(super) const ORDER: u64 = 0xffff_ffff_0000_0001;

/// An element of the field, below the prime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Element(u64);

impl Element {
    /// The neutral element of addition.
    pub const ZERO: Self = Self(0);
    /// The neutral element of multiplication.
    pub const ONE: Self = Self(1);
    /// The sum of two ones.
    pub const TWO: Self = Self(2);
    /// The element that adds up to `ZERO` with `ONE`.
    pub const NEG_ONE: Self = Self(ORDER - 1);

    /// The element with this canonical value, if it is one.
    pub const fn new(value: u64) -> Option<Self> {
        if value < ORDER { Some(Self(value)) } else { None }
    }

    /// The canonical value, below the prime.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether it is not zero.
    pub const fn is_nonzero(self) -> bool {
        self.0 != 0
    }

    /// This element to the power of a number.
    #[must_use]
    pub fn power(self, mut exponent: u64) -> Self {
        let (mut base, mut power) = (self, Self::ONE);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power *= base;
            }
            base *= base;
            exponent >>= 1;
        }
        power
    }

    /// The element whose product with this one is `ONE`; of zero, which has none, zero.
    #[must_use]
    pub fn inverse(self) -> Self {
        // Fermat: a^(p-1) is 1.
        self.power(ORDER - 2)
    }
}

/// A number below 2^128, brought below the prime: 2^64 is 2^32 − 1 there, and 2^96 is −1.
const fn reduce(number: u128) -> u64 {
    const LOW: u64 = u32::MAX as u64;
    let (low, high) = (number as u64, (number >> 64) as u64);
    let (sum, borrow) = low.overflowing_sub(high >> 32);
    // What wraps around has become 2^64 too large.
    let sum = if borrow { sum.wrapping_sub(LOW) } else { sum };
    let (sum, carry) = sum.overflowing_add((high & LOW) * LOW);
    let sum = if carry { sum.wrapping_add(LOW) } else { sum };
    if sum >= ORDER { sum - ORDER } else { sum }
}

impl Add for Element {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(reduce(self.0 as u128 + other.0 as u128))
    }
}

impl AddAssign for Element {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Element {
    type Output = Self;

    fn neg(self) -> Self {
        Self(if self.0 == 0 { 0 } else { ORDER - self.0 })
    }
}

impl Sub for Element {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl SubAssign for Element {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Mul for Element {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(reduce(self.0 as u128 * other.0 as u128))
    }
}

impl MulAssign for Element {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Div for Element {
    type Output = Self;

    /// The quotient; zero if it is divided by zero, which nothing here does.
    #[expect(clippy::suspicious_arithmetic_impl, reason = "to divide is to multiply by the inverse")]
    fn div(self, other: Self) -> Self {
        self * other.inverse()
    }
}

#[cfg(test)]
#[cfg(feature = "plonky2")]
mod tests {
    use super::*;
    use plonky2::field::{
        goldilocks_field::GoldilocksField,
        types::{Field, Field64, PrimeField64},
    };

    fn theirs(element: Element) -> GoldilocksField {
        GoldilocksField::from_canonical_u64(element.get())
    }

    /// Numbers at every border of the reduction, and many that follow from each other.
    fn numbers() -> Vec<Element> {
        let half = 1_u64 << 32;
        let borders = [0, 1, 2, half - 2, half - 1, half, half + 1, ORDER / 2, ORDER - half, ORDER - half + 1];
        let last = [ORDER - 3, ORDER - 2, ORDER - 1, 1 << 63, (1 << 63) - 1, 0xffff_fffe_ffff_ffff];
        let mut next = 88_172_645_463_325_252_u64;
        let random = (0..200).map(|_| {
            next ^= next << 13;
            next ^= next >> 7;
            next ^= next << 17;
            next % ORDER
        });
        borders.into_iter().chain(last).chain(random).map(|n| Element::new(n).unwrap()).collect()
    }

    #[test]
    fn it_computes_as_plonky2_does() {
        assert_eq!(ORDER, GoldilocksField::ORDER);
        assert_eq!((Element::new(ORDER), Element::new(u64::MAX)), (None, None));
        let numbers = numbers();
        for &a in &numbers {
            for (ours, theirs) in [(-a, -theirs(a)), (a.power(12_345), theirs(a).exp_u64(12_345))] {
                assert_eq!(ours.get(), theirs.to_canonical_u64(), "{a:?}");
            }
            if a.is_nonzero() {
                assert_eq!(a.inverse().get(), theirs(a).inverse().to_canonical_u64(), "{a:?}");
            }
            for &b in &numbers {
                let (x, y) = (theirs(a), theirs(b));
                for (ours, theirs) in [(a + b, x + y), (a - b, x - y), (a * b, x * y)] {
                    assert_eq!(ours.get(), theirs.to_canonical_u64(), "{a:?} {b:?}");
                }
            }
        }
        println!("{} pairs computed as plonky2 does", numbers.len() * numbers.len());
    }
}
