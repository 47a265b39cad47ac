//! Circuits that come with the program: for the demo, and to try things out on.

/// A circom circuit over Goldilocks with a witness that satisfies it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The name of the sample's files in `samples/`.
    pub name: &'static str,
    /// The statement that the sample proves, for people.
    pub about: &'static str,
    /// The bytes of the circuit's `.r1cs` file.
    pub r1cs: &'static [u8],
    /// The bytes of the witness's `.wtns` file.
    pub wtns: &'static [u8],
    /// The bytes of the `.sym` file with the signals' names.
    pub sym: &'static [u8],
}

/// The circuit of the demo.
pub const DEMO: Sample = Sample {
    name: "adult",
    about: "a birthday that was committed to is at least 18 years ago; the birthday stays private",
    r1cs: include_bytes!("../../samples/adult.r1cs"),
    wtns: include_bytes!("../../samples/adult.wtns"),
    sym: include_bytes!("../../samples/adult.sym"),
};
