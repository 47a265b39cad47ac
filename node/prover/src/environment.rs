//! The variables of the environment that a node and its workers both know.

/// The variable that forces the arithmetic of provers: `stock`, `avx2`, `avx512` or `ifma`.
pub const SIMD_VARIABLE: &str = "DPGN_SIMD";
