//! A node that is killed leaves no worker behind. This program is its own node and its own worker, as an
//! application that embeds the prover is.

#![cfg_attr(
    target_os = "linux",
    expect(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::print_stdout,
        reason = "a test fails by panicking, and says so"
    )
)]

#[cfg(target_os = "linux")]
#[path = "worker/site.rs"]
#[expect(dead_code, reason = "this test needs only a part of it")]
mod site;

fn main() {
    if dpgn_prover::worker_main() {
        return;
    }
    #[cfg(target_os = "linux")]
    match std::env::args().nth(1).as_deref() {
        Some("node") => run(linux::be_a_node()),
        Some("--list") => list("a_killed_node_leaves_no_worker"),
        Some(_) | None => run(linux::a_killed_node_leaves_no_worker()),
    }
}

/// Answers cargo-nextest, which asks for a program's tests before it runs them: all, then the ignored ones.
#[cfg(target_os = "linux")]
fn list(test: &str) {
    if !std::env::args().any(|argument| argument == "--ignored") {
        println!("{test}: test");
    }
}

#[cfg(target_os = "linux")]
fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::site::{LongJob, kill, processes, until};
    use dpgn_prover::{Prover, ProverOptions};
    use std::process::Stdio;
    use tokio::process::Command;

    /// Starts a long proof in a worker, and waits for its end.
    pub async fn be_a_node() {
        let prover = Prover::new(ProverOptions::default()).unwrap();
        let long = LongJob::start(&prover).await;
        println!("proving");
        long.job.await.unwrap().unwrap();
    }

    pub async fn a_killed_node_leaves_no_worker() {
        let node = || {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.arg("node").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap()
        };
        // Once at rest in the middle of its work, once as early as can be.
        for wait_for_proof in [true, false] {
            let mut node = node();
            let pid = node.id().unwrap() as i32;
            let mut workers = Vec::new();
            until(|| {
                workers = processes(|_, parent| parent == pid);
                !workers.is_empty()
            })
            .await;
            if wait_for_proof {
                use tokio::io::AsyncReadExt;
                let mut said = [0; 7];
                node.stdout.take().unwrap().read_exact(&mut said).await.unwrap();
                assert_eq!(&said, b"proving");
            }
            kill(pid);
            node.wait().await.unwrap();
            until(|| processes(|_, _| true).iter().all(|pid| !workers.contains(pid))).await;
        }
        println!("a_killed_node_leaves_no_worker ... ok");
    }
}
