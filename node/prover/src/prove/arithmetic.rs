//! Who does the arithmetic: plonky2's own code, or kernels for the processor's vector units; chosen once, when a worker starts to prove.

use super::{Backend, CpuBackend, simd::SimdBackend};
use crate::environment::SIMD_VARIABLE;
use dpgn_gpu_kernels::{InstructionSet, Kernels};
use std::{env, fmt};

/// The name of plonky2's own code.
const STOCK: &str = "stock";

/// The arithmetic of a prover. Proofs are the same whatever it is.
#[derive(Clone, Copy, Debug)]
pub enum Arithmetic {
    /// plonky2's own code.
    Stock,
    /// Kernels for an instruction set that this processor has.
    Simd(SimdBackend),
}

/// Why there is no such arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// The name is none that is known.
    #[error("{SIMD_VARIABLE} is `{0}`: it must be {names}; unset, the fastest that there is", names = names())]
    Unknown(String),
    /// The processor has not all of the instructions.
    #[error("{SIMD_VARIABLE} is {0}, and this processor has no such instructions; unset, the fastest that there is")]
    Missing(InstructionSet),
}

/// All names, for people.
fn names() -> String {
    let sets: Vec<&str> = sets().map(InstructionSet::name).collect();
    format!("{STOCK} or {}", sets.join(" or "))
}

/// The sets whose kernels are faster than plonky2's own code.
fn sets() -> impl Iterator<Item = InstructionSet> {
    InstructionSet::ALL.into_iter().filter(|set| *set != InstructionSet::Plain)
}

impl Arithmetic {
    /// All that this processor has: plonky2's own code, then the kernels that are faster, the fastest last.
    pub fn all() -> impl Iterator<Item = Self> {
        let kernels = sets().filter_map(Kernels::of).map(|kernels| Self::Simd(SimdBackend(kernels)));
        std::iter::once(Self::Stock).chain(kernels)
    }

    /// The arithmetic that the environment names; the fastest if it names none.
    pub fn chosen() -> Result<Self, ArithmeticError> {
        match env::var_os(SIMD_VARIABLE).filter(|name| !name.is_empty()) {
            None => Ok(Self::fastest()),
            Some(name) => Self::named(&name.to_string_lossy()),
        }
    }

    /// The fastest on this processor.
    pub fn fastest() -> Self {
        Kernels::best().map_or(Self::Stock, |kernels| Self::Simd(SimdBackend(kernels)))
    }

    /// The arithmetic of this name.
    pub fn named(name: &str) -> Result<Self, ArithmeticError> {
        if name == STOCK {
            return Ok(Self::Stock);
        }
        let set: InstructionSet = name.parse().map_err(|_| ArithmeticError::Unknown(name.to_owned()))?;
        let kernels = Kernels::of(set).ok_or(ArithmeticError::Missing(set))?;
        Ok(Self::Simd(SimdBackend(kernels)))
    }

    /// The name, as it is typed and shown.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stock => STOCK,
            Self::Simd(SimdBackend(kernels)) => kernels.set().name(),
        }
    }

    /// What commits to polynomials.
    pub const fn backend(&self) -> &dyn Backend {
        match self {
            Self::Stock => &CpuBackend,
            Self::Simd(backend) => backend,
        }
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arithmetic_is_chosen_by_its_name() {
        for arithmetic in Arithmetic::all() {
            assert_eq!(Arithmetic::named(arithmetic.name()).unwrap().name(), arithmetic.name());
        }
        for set in InstructionSet::ALL {
            match Arithmetic::named(set.name()) {
                Ok(arithmetic) => assert_eq!(arithmetic.to_string(), set.name()),
                Err(error) => assert_eq!(error, ArithmeticError::Missing(set)),
            }
        }
        let unknown = Arithmetic::named("sse9").unwrap_err();
        assert!(unknown.to_string().contains("`sse9`: it must be stock or avx2 or avx512 or ifma;"), "{unknown}");
        let names: Vec<_> = Arithmetic::all().map(|arithmetic| arithmetic.name()).collect();
        assert_eq!((names.first(), names.last()), (Some(&STOCK), Some(&Arithmetic::fastest().name())));
        assert!(!names.contains(&"plain"), "plonky2's own code is faster than that");
    }
}
