//! A gate that is none of plonky2's own: it constrains nothing, and nobody else knows it.

use dpgn_prover::level::{D, F};
use plonky2::{
    gates::gate::Gate,
    iop::{ext_target::ExtensionTarget, generator::WitnessGeneratorRef},
    plonk::{
        circuit_builder::CircuitBuilder,
        circuit_data::CommonCircuitData,
        vars::{EvaluationTargets, EvaluationVars},
    },
    util::serialization::{Buffer, IoResult},
};

type Extension = <F as plonky2::field::extension::Extendable<D>>::Extension;

#[derive(Debug)]
pub struct Foreign;

impl Gate<F, D> for Foreign {
    fn id(&self) -> String {
        "Foreign".into()
    }

    fn serialize(&self, _: &mut Vec<u8>, _: &CommonCircuitData<F, D>) -> IoResult<()> {
        Ok(())
    }

    fn deserialize(_: &mut Buffer<'_>, _: &CommonCircuitData<F, D>) -> IoResult<Self> {
        Ok(Self)
    }

    fn eval_unfiltered(&self, _: EvaluationVars<'_, F, D>) -> Vec<Extension> {
        Vec::new()
    }

    fn eval_unfiltered_circuit(
        &self,
        _: &mut CircuitBuilder<F, D>,
        _: EvaluationTargets<'_, D>,
    ) -> Vec<ExtensionTarget<D>> {
        Vec::new()
    }

    fn generators(&self, _: usize, _: &[F]) -> Vec<WitnessGeneratorRef<F, D>> {
        Vec::new()
    }

    fn num_wires(&self) -> usize {
        0
    }

    fn num_constants(&self) -> usize {
        0
    }

    fn degree(&self) -> usize {
        0
    }

    fn num_constraints(&self) -> usize {
        0
    }
}
