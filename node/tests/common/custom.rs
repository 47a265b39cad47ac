//! Two applications' circuits, of one name: whoever has the one knows nothing of the other.

use dpgn_prover::{
    circuit::{
        CustomCircuit, builders,
        custom::{Unfit, Values},
        register,
    },
    level::{D, F},
    plonky2::{iop::target::Target, plonk::circuit_builder::CircuitBuilder},
};

/// The name of a copy of the worker program that has [`Power`].
pub const WITH_POWER: &str = "with-power";
/// The name of a copy of the worker program that has [`Impostor`].
pub const WITH_IMPOSTOR: &str = "with-impostor";

/// Knowledge of a root: `base ^ exponent` is public.
pub struct Power;

impl CustomCircuit for Power {
    const NAME: &'static str = "example.org/power";
    const VERSION: u32 = 1;
    type Params = u32;
    type Inputs = u64;
    type Targets = Target;

    #[allow(clippy::panic, reason = "a defect that a worker must survive")]
    fn build(exponent: &u32, builder: &mut CircuitBuilder<F, D>) -> Result<Target, Unfit> {
        match exponent {
            0 => Err(Unfit("the exponent is at least 1")),
            // A defect of the family.
            1_000 => panic!("nobody has tried this one"),
            exponent => {
                let base = builder.add_virtual_target();
                let power = builder.exp_u64(base, u64::from(*exponent));
                builder.register_public_input(power);
                Ok(base)
            }
        }
    }

    fn fill(_: &u32, base: &u64, target: &Target, values: &mut Values<'_>) -> Result<(), Unfit> {
        values.set(*target, *base)
    }
}

/// Another circuit by the same name and version: it adds the base once.
pub struct Impostor;

impl CustomCircuit for Impostor {
    const NAME: &'static str = Power::NAME;
    const VERSION: u32 = Power::VERSION;
    type Params = u32;
    type Inputs = u64;
    type Targets = Target;

    fn build(exponent: &u32, builder: &mut CircuitBuilder<F, D>) -> Result<Target, Unfit> {
        let base = builder.add_virtual_target();
        let power = builder.exp_u64(base, u64::from(*exponent));
        let sum = builder.add(power, base);
        builder.register_public_input(sum);
        Ok(base)
    }

    fn fill(exponent: &u32, base: &u64, target: &Target, values: &mut Values<'_>) -> Result<(), Unfit> {
        Power::fill(exponent, base, target, values)
    }
}

/// Registers what a worker program of this name has; says how many builders there are then.
pub fn register_for(name: Option<&str>) -> usize {
    match name {
        Some(WITH_POWER) => drop(register::<Power>()),
        Some(WITH_IMPOSTOR) => drop(register::<Impostor>()),
        Some(_) | None => {}
    }
    builders().len()
}
