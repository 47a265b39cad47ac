//! A node that runs in this process, until it is stopped: signals, prices that are read anew, and the end of a prover's work.
//!
//! SIGTERM and Ctrl-C drain a prover: it takes no new awards and finishes what it holds, for a while; the second signal
//! stops it at once. SIGHUP reads the prices of the configuration anew.

use crate::{ask, globals::Globals, output::Output, user_error::UserError};
use dpgn_node::{NodeHandle, config::Flag, control::ControlError, engine::Work};
use std::{
    future::pending,
    io::{self, IsTerminal},
    time::{Duration, Instant},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The time between two looks at what is held.
const LOOK: Duration = Duration::from_millis(200);
/// The longest wait for the block that withdraws the ask: without it others may award what nobody makes.
const WITHDRAWN_WITHIN: Duration = Duration::from_secs(3);

/// The way in which a node is run.
pub(crate) struct Manner<'a> {
    /// Where its configuration comes from.
    pub(crate) globals: &'a Globals,
    /// The flags that it was started with.
    pub(crate) flags: Vec<Flag>,
    /// How long a prover may finish what it holds; 0 stops it at once.
    pub(crate) drain: Duration,
}

/// Waits until the node is told to stop, or stops by itself.
pub(crate) async fn until_stopped(node: &NodeHandle, manner: &Manner<'_>, output: &Output) -> Result<(), UserError> {
    let mut signals = Signals::new();
    loop {
        tokio::select! {
            told = signals.next() => match told {
                Told::Reload => reload(node, manner, output).await,
                Told::Stop => break,
            },
            () = node.stopped() => return Err(UserError::network(match node.halted() {
                Some(reason) => reason.to_string(),
                None => "the node has stopped".to_owned(),
            })),
        }
    }
    if !manner.drain.is_zero() {
        tokio::select! {
            () = drain(node, manner.drain, output) => {}
            () = signals.stop() => output.say("told again: stops at once"),
            () = node.stopped() => {}
        }
    }
    output.say("stopping");
    node.shutdown().await;
    Ok(())
}

/// What a signal asks for.
enum Told {
    Stop,
    Reload,
}

/// The signals that this process listens to, as far as the system lets it.
pub(crate) struct Signals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
    hangup: Option<Signal>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        // A node that a terminal holds ends with it: there the signal says that the terminal is gone.
        let is_held = io::stderr().is_terminal();
        Self {
            terminate: signal(SignalKind::terminate()).ok(),
            interrupt: signal(SignalKind::interrupt()).ok(),
            hangup: if is_held { None } else { signal(SignalKind::hangup()).ok() },
        }
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            () = come(&mut self.terminate) => Told::Stop,
            () = come(&mut self.interrupt) => Told::Stop,
            () = come(&mut self.hangup) => Told::Reload,
        }
    }

    /// Waits for the next signal that says to stop.
    pub(crate) async fn stop(&mut self) {
        while let Told::Reload = self.next().await {}
    }
}

async fn come(signal: &mut Option<Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if came.is_none() {
        pending::<()>().await;
    }
}

/// Sells at the prices that the configuration has now. Whatever is wrong with it, nothing changes.
async fn reload(node: &NodeHandle, manner: &Manner<'_>, output: &Output) {
    let new = async {
        let config = manner.globals.config(manner.flags.clone())?;
        let sold = node.sell(ask::of_section(&config.prover)).await;
        sold.map_err(ControlError::from)?;
        Ok::<_, UserError>(config.prover)
    };
    match new.await {
        Ok(prover) => {
            let levels = prover.offers.iter().map(|offer| format!("{}:{}", offer.level, offer.per_kilorow));
            let levels: Vec<String> = levels.collect();
            output.say(&format!(
                "prices are read anew: flat {}, {} for 1,024 rows by level, in micro-credits",
                prover.flat,
                levels.join(" ")
            ));
        }
        Err(error) => output.warn(&format!("the prices stay as they are: {}", error.message)),
    }
}

/// Takes no new awards, and finishes what is held if there is time. A node that sells nothing has nothing to finish.
async fn drain(node: &NodeHandle, within: Duration, output: &Output) {
    if node.drain().await.is_err() {
        return;
    }
    if tokio::time::timeout(within, finished(node, within, output)).await.is_err() {
        let seconds = within.as_secs();
        output.warn(&format!(
            "not finished within {seconds} s: what is proved is on disk, and is handed over after a restart"
        ));
    }
}

/// What a node that drains is asked.
trait Draining {
    /// What awards may still come of; nothing once the node has stopped.
    async fn awardable(&self) -> Option<Awardable>;
    /// What the node holds.
    async fn held(&self) -> Option<Vec<Work>>;
}

/// What awards may still come of.
#[derive(Clone, Copy, Debug)]
struct Awardable {
    /// Whether the ask still stands.
    has_ask: bool,
    /// Sealed asks whose rounds are not decided.
    sealed: usize,
    /// Whether anybody who makes blocks may hear that the ask is withdrawn.
    is_heard: bool,
}

impl Draining for NodeHandle {
    async fn awardable(&self) -> Option<Awardable> {
        let (asks, status) = (self.asks(Some(self.account())).await.ok()?, self.status().await.ok()?);
        let is_heard = !status.peers.is_empty() || status.council.is_some();
        Some(Awardable { has_ask: !asks.is_empty(), sealed: status.sealed_asks, is_heard })
    }

    async fn held(&self) -> Option<Vec<Work>> {
        self.work().await.ok()
    }
}

/// Waits until nothing can be awarded any more, and nothing is held.
async fn finished(node: &impl Draining, within: Duration, output: &Output) {
    let (begun, mut told) = (Instant::now(), String::new());
    loop {
        // In this order: a block between the two may award what was open, and then it is held.
        let Some(open) = node.awardable().await else { return };
        let Some(work) = node.held().await else { return };
        let is_withdrawn = !open.has_ask || !open.is_heard || begun.elapsed() > WITHDRAWN_WITHIN;
        if work.is_empty() && open.sealed == 0 && is_withdrawn {
            return;
        }
        let waits = waits_for(&work, open.sealed);
        if !waits.is_empty() && waits != told {
            output.say(&format!(
                "no new awards; waits for {waits}, {} s at most; a second signal stops at once",
                within.as_secs()
            ));
            told = waits;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The things that are waited for; nothing if there are none.
fn waits_for(work: &[Work], sealed: usize) -> String {
    let (delivered, open): (Vec<&Work>, Vec<&Work>) = work.iter().partition(|work| work.is_delivered);
    let named = |list: &[&Work]| list.iter().map(|work| work.task.short()).collect::<Vec<_>>().join(", ");
    let mut waits = Vec::new();
    if !open.is_empty() {
        waits.push(format!("{} proofs to be made ({})", open.len(), named(&open)));
    }
    if !delivered.is_empty() {
        waits.push(format!("{} verdicts ({})", delivered.len(), named(&delivered)));
    }
    if sealed > 0 {
        waits.push(format!("{sealed} sealed asks to be opened"));
    }
    waits.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use dpgn_protocol::{
        ids::{AccountId, TaskId},
        units::{Credits, Level, Timestamp},
    };
    use std::cell::Cell;

    #[test]
    fn what_is_waited_for_is_named() {
        let told = waits_for(&[work(1, false), work(2, true)], 1);
        assert_eq!(told, "1 proofs to be made (01010101), 1 verdicts (02020202), 1 sealed asks to be opened");
        assert_eq!(waits_for(&[], 0), "");
    }

    /// A node whose next block comes between two questions: it awards what was open, and withdraws the ask.
    #[derive(Default)]
    struct Between {
        questions: Cell<u32>,
        is_finished: Cell<bool>,
    }

    impl Between {
        /// How often it was asked before this question, each of which lets a block pass.
        fn block(&self) -> u32 {
            self.questions.replace(self.questions.get() + 1)
        }
    }

    impl Draining for Between {
        async fn awardable(&self) -> Option<Awardable> {
            let block = self.block();
            Some(Awardable { has_ask: block == 0, sealed: 0, is_heard: true })
        }

        async fn held(&self) -> Option<Vec<Work>> {
            // The proof takes until the sixth block.
            let block = self.block();
            self.is_finished.set(block > 5);
            Some(if (1..=5).contains(&block) { vec![work(1, false)] } else { Vec::new() })
        }
    }

    /// What is held was asked first: nothing; then whether the ask stands: no longer. So the node stopped with an award.
    #[tokio::test]
    async fn what_a_block_awards_between_two_questions_is_finished_too() {
        let node = Between::default();
        finished(&node, Duration::from_secs(60), &Output::new(Format::Table)).await;
        assert!(node.is_finished.get(), "it stopped with an award that nobody makes");
    }

    fn work(n: u8, is_delivered: bool) -> Work {
        Work {
            task: TaskId::from_bytes([n; 32]),
            requester: AccountId::from_bytes([9; 32]),
            level: Level::MIN,
            price: Credits::new(1),
            awarded_at: Timestamp::new(1),
            is_delivered,
            proof_stage: None,
            permille: None,
        }
    }
}
