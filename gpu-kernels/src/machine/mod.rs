//! Machines: what a processor does to several 64-bit lanes at once.
//!
//! A value of a machine's type is the proof that the processor has its instructions: it is made in one place, after they were
//! detected. So everything that is generic over [`Machine`] is safe code, and `unsafe` stays in the few lines of each machine
//! that name an instruction.
//!
//! Arithmetic over Goldilocks, p = 2^64 − 2^32 + 1, is *loose*: a lane holds any 64-bit number and means it modulo p. Where an
//! operand must be canonical, below p, its method says so.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod plain;

use plonky2::field::goldilocks_field::GoldilocksField as F;

/// The order of the field.
pub(crate) const ORDER: u64 = 0xffff_ffff_0000_0001;
/// 2^64 modulo the order, 2^32 − 1; also the mask of a low half.
pub(crate) const EPSILON: u64 = 0xffff_ffff;

/// Vectors of 64-bit lanes, and what is done to them lane by lane.
///
/// All methods are inlined always: they are compiled as part of a function that enables the machine's instructions, and never
/// alone.
pub(crate) trait Machine: Copy + Send + Sync {
    /// A vector, in a register.
    type V: Copy;
    /// Its lanes, in memory.
    type Row: Copy;

    /// All whole rows of a slice.
    fn rows(words: &[F]) -> &[Self::Row];
    /// All whole rows of a slice, to be changed.
    fn rows_mut(words: &mut [F]) -> &mut [Self::Row];

    fn splat(self, x: u64) -> Self::V;
    fn load(self, row: &Self::Row) -> Self::V;
    fn store(self, x: Self::V, row: &mut Self::Row);

    /// The sum modulo 2^64.
    fn add(self, x: Self::V, y: Self::V) -> Self::V;
    /// The difference modulo 2^64.
    fn sub(self, x: Self::V, y: Self::V) -> Self::V;
    fn and(self, x: Self::V, y: Self::V) -> Self::V;
    fn shl<const N: u32>(self, x: Self::V) -> Self::V;
    fn shr<const N: u32>(self, x: Self::V) -> Self::V;
    /// The upper half with its sign, shifted down.
    fn upper_signed(self, x: Self::V) -> Self::V;
    /// The upper half, shifted down; what is above it is anything.
    fn upper_loose(self, x: Self::V) -> Self::V;
    /// The product of the lower halves.
    fn mul_lower(self, x: Self::V, y: Self::V) -> Self::V;
    /// The lower half of `low`, under the lower half of `high`.
    fn pack(self, low: Self::V, high: Self::V) -> Self::V;

    /// The sum in the field; `y` is canonical, or at most 2^64 − 2^32.
    fn field_add(self, x: Self::V, y: Self::V) -> Self::V;
    /// The difference in the field; `y` is canonical, or at most 2^64 − 2^32.
    fn field_sub(self, x: Self::V, y: Self::V) -> Self::V;
    /// The number below p of the same meaning.
    fn canonical(self, x: Self::V) -> Self::V;

    /// The lower half.
    #[inline(always)]
    fn lower(self, x: Self::V) -> Self::V {
        self.and(x, self.splat(EPSILON))
    }

    /// Each `low + 2^64·high` in the field: 2^64 is ε and 2^96 is −1.
    #[inline(always)]
    fn reduce_each<const N: usize>(self, mut high: [Self::V; N], mut low: [Self::V; N]) -> [Self::V; N] {
        for i in 0..N {
            low[i] = self.field_sub(low[i], self.shr::<32>(high[i]));
            high[i] = self.mul_lower(high[i], self.splat(EPSILON));
        }
        for i in 0..N {
            low[i] = self.field_add(low[i], high[i]);
        }
        low
    }

    /// The products in the field, made in step: the order of instructions is that of the source, and each of them has `N`
    /// that do not wait for each other.
    #[inline(always)]
    fn mul_each<const N: usize>(self, x: [Self::V; N], y: [Self::V; N]) -> [Self::V; N] {
        let (mut low, mut high) = (x, x);
        for i in 0..N {
            let (x_upper, y_upper) = (self.upper_loose(x[i]), self.upper_loose(y[i]));
            let lower = self.mul_lower(x[i], y[i]);
            let middle = self.add(self.mul_lower(x_upper, y[i]), self.shr::<32>(lower));
            let other = self.add(self.mul_lower(x[i], y_upper), self.lower(middle));
            let upper = self.add(self.mul_lower(x_upper, y_upper), self.shr::<32>(middle));
            high[i] = self.add(upper, self.shr::<32>(other));
            low[i] = self.pack(lower, other);
        }
        self.reduce_each(high, low)
    }

    /// The squares in the field, made in step.
    #[inline(always)]
    fn square_each<const N: usize>(self, x: [Self::V; N]) -> [Self::V; N] {
        let (mut low, mut high) = (x, x);
        for i in 0..N {
            let upper = self.upper_loose(x[i]);
            let (lower, cross) = (self.mul_lower(x[i], x[i]), self.mul_lower(x[i], upper));
            let middle = self.add(cross, self.shr::<33>(lower));
            high[i] = self.add(self.mul_lower(upper, upper), self.shr::<31>(middle));
            low[i] = self.add(lower, self.shl::<33>(cross));
        }
        self.reduce_each(high, low)
    }

    /// The product in the field.
    #[inline(always)]
    fn field_mul(self, x: Self::V, y: Self::V) -> Self::V {
        self.mul_each([x], [y])[0]
    }
}
