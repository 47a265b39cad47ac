//! Circuits that come with the program: for the demo, and to try things out on.

/// A circom circuit over Goldilocks with a witness that satisfies it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Its name, as in `samples/`.
    pub name: &'static str,
    /// What is proved.
    pub about: &'static str,
    /// The circuit's `.r1cs` file.
    pub r1cs: &'static [u8],
    /// The witness' `.wtns` file.
    pub wtns: &'static [u8],
    /// The signals' names.
    pub sym: &'static [u8],
}

/// The demo's circuit.
pub const DEMO: Sample = Sample {
    name: "adult",
    about: "a birthday that was committed to is at least 18 years ago; the birthday stays private",
    r1cs: include_bytes!("../../samples/adult.r1cs"),
    wtns: include_bytes!("../../samples/adult.wtns"),
    sym: include_bytes!("../../samples/adult.sym"),
};
