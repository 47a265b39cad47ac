//! Buys one proof and waits for it, on a network of one node that buys, proves and decides.
//!
//! `cargo run -p dpgn-gateway --example submit`

#![expect(clippy::print_stdout, reason = "an example speaks to its terminal")]

use dpgn_gateway::coordinator::CoordinatorState;
use dpgn_node::{Purchase, Source, TaskRef};
use dpgn_protocol::units::{Credits, Level};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if dpgn_prover::worker_main() {
        return Ok(());
    }
    let mut coordinator = CoordinatorState::new();
    let node = coordinator.node().await?;
    // The envelope of a preimage: proves knowledge of the bytes 2, 3 and 4.
    let source = Source::Envelope(vec![1, 2, 3, 4]);
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
