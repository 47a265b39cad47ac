//! A circuit of the application's own: it is registered, bought, proved by the application's own worker, and checked.
//!
//! `cargo run -p dpgn-gateway --example custom_circuit`

#![expect(clippy::print_stdout, reason = "an example speaks to its terminal")]

use dpgn_gateway::coordinator::CoordinatorState;
use dpgn_node::{Purchase, Source, TaskRef};
use dpgn_protocol::units::{Credits, Level};
use dpgn_prover::{
    circuit::{
        CustomCircuit,
        custom::{Unfit, Values},
        register,
    },
    level::{D, F},
    plonky2::{iop::target::Target, plonk::circuit_builder::CircuitBuilder},
};

/// Knowledge of a root: `base ^ exponent` is public, the base is not.
struct Power;

impl CustomCircuit for Power {
    const NAME: &'static str = "example.org/power";
    const VERSION: u32 = 1;
    type Params = u32;
    type Inputs = u64;
    type Targets = Target;

    fn build(exponent: &u32, builder: &mut CircuitBuilder<F, D>) -> Result<Target, Unfit> {
        if *exponent == 0 {
            return Err(Unfit("the exponent is at least 1"));
        }
        let base = builder.add_virtual_target();
        let power = builder.exp_u64(base, u64::from(*exponent));
        builder.register_public_input(power);
        Ok(base)
    }

    fn fill(_: &u32, base: &u64, target: &Target, values: &mut Values<'_>) -> Result<(), Unfit> {
        values.set(*target, *base)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    register::<Power>()?;
    if dpgn_prover::worker_main() {
        return Ok(());
    }
    let mut coordinator = CoordinatorState::new();
    let node = coordinator.node().await?;
    let source = Source::custom::<Power>(&3, &5)?;
    // Level 1 is quick, and hides nothing from whoever gets the proof; without these two it is level 3.
    let (level, witness_is_public) = (Level::MIN, true);
    let purchase = Purchase { level, witness_is_public, ..Purchase::new(source, Credits::new(1_000_000)) };
    let bought = node.submit(purchase).await?;
    let task = node.wait(TaskRef::Id(bought.task.task)).await?;
    println!("{}: {:?}, paid {:?} micro-credits", task.alias, task.status, task.price);
    let proof = std::fs::read(node.proof_files(TaskRef::Id(task.task)).await?.proof)?;
    println!("a proof of {} bytes", proof.len());
    coordinator.shutdown().await;
    Ok(())
}
