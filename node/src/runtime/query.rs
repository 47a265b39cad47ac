//! What handles ask, answered from the engine's replica and the disk.

use super::{
    READS_MAX, Runtime,
    disk::Disk,
    error::{ReceiptMissing, Stopped},
};
use crate::{
    engine::{PurchaseState, TaskRecord},
    error::{ReceiptError, TaskError, TasksError, Unavailable},
    handle::{HANDOVERS_PAGE_MAX, Query},
    page::{self, TaskCursor, TaskPage},
    task_ref::TaskRef,
    view::{Balance, CouncilStatus, NodeStatus, Status, TaskInfo},
};
use dpgn_market::Task;
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    receipt::Receipt,
    units::{Credits, Height, Timestamp},
};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

impl TaskRecord {
    fn cursor(&self) -> TaskCursor {
        TaskCursor::behind(self.created, self.task)
    }
}

impl TaskInfo {
    fn cursor(&self) -> TaskCursor {
        TaskCursor::behind(self.created_at, self.task)
    }
}

impl Runtime {
    pub(super) async fn query(&mut self, query: Query) -> Result<(), Stopped> {
        match query {
            Query::Command(command, reply) => {
                self.driver.command(&mut self.host, command, reply).await?;
            }
            Query::Status(reply) => {
                let _ = reply.send(self.status());
            }
            Query::Tasks { after, limit, reply } => self.page(after, limit, reply),
            Query::Task(name, reply) => match self.engine().tasks().find(|record| is_named(record, name)) {
                Some(record) => drop(reply.send(Ok(self.info(record)))),
                None => self.read(reply, move |disk| match disk.task(name)? {
                    Some(record) => Ok(ended(&record, disk)),
                    None => Err(TaskError::Unknown(name)),
                }),
            },
            Query::Balance(account, reply) => {
                let _ = reply.send(self.balance(account));
            }
            Query::Supply(reply) => {
                let _ = reply.send(self.engine().ledger().supply());
            }
            Query::Work(reply) => {
                let _ = reply.send(self.engine().work());
            }
            Query::Ledger(reply) => {
                let _ = reply.send(self.engine().shared_ledger());
            }
            Query::Recipe(circuit, reply) => {
                let ours = self.engine().tasks().find(|t| t.circuit == circuit).map(|t| t.recipe);
                let _ = reply.send(ours);
            }
            Query::Receipt { task, since, reply } => {
                let record = self.engine().tasks().find(|record| is_named(record, task)).cloned();
                let epoch_blocks = self.genesis.params.epoch_blocks;
                self.read(reply, move |disk| receipt(disk, task, record, since, epoch_blocks));
            }
            Query::Handovers { above, below, reply } => self.read(reply, move |disk| {
                Ok(disk.store.handovers(above, below, HANDOVERS_PAGE_MAX).map_err(ReceiptMissing::from)?)
            }),
            Query::Blocks { below, limit, reply } => self.read(reply, move |disk| disk.blocks_below(below, limit)),
            Query::BlockOps { height, skip, limit, reply } => {
                let network = self.id;
                self.read(reply, move |disk| disk.ops_of(network, height, skip, limit));
            }
            Query::Checkpoint { below, reply } => {
                let genesis = self.genesis.clone();
                self.read(reply, move |disk| Ok(disk.checkpoint(&genesis, below)?));
            }
        }
        Ok(())
    }

    fn status(&self) -> NodeStatus {
        let (ledger, head) = (self.engine().ledger(), self.engine().head());
        NodeStatus {
            account: self.account,
            network: self.id,
            network_name: self.genesis.name.to_string(),
            // The handle knows: the loop does not wait for listeners.
            listening: Vec::new(),
            peers: self.engine().peers().collect(),
            height: head.height,
            head: head.hash,
            time: head.time,
            epoch: ledger.epoch(),
            committee: ledger.committee().members().iter().map(|m| m.account).collect(),
            council: self.council(),
            balance: self.balance(self.account),
            supply: ledger.supply(),
            open_bids: ledger.tasks().filter(|(_, t)| t.stage.status() == Status::Pending).count(),
            standing_asks: ledger.asks().count(),
            sealed_asks: ledger.rounds().filter(|(_, task)| has_sealed(task, self.account)).count(),
            sandbox: self.host.prover.known_sandbox(),
            arithmetic: self.host.prover.known_arithmetic(),
            first_block: self.host.disk.store.first(),
            snapshot: self.engine().snapshot_progress(),
            // Likewise: agents are not the loop's.
            agents: None,
        }
    }

    /// The members that this one is in touch with; none if it is no member.
    fn council(&self) -> Option<CouncilStatus> {
        let committee = self.engine().ledger().committee();
        committee.power(self.account)?;
        let open = self.network.council_open();
        let members = committee.members().iter().map(|member| member.account);
        let in_touch: Vec<AccountId> =
            members.filter(|member| *member == self.account || open.contains(member)).collect();
        let can_decide = committee.is_quorum(in_touch.iter().copied());
        let engine = self.engine();
        Some(CouncilStatus { in_touch, takes_part: engine.coordinates(), signs: engine.signs(), can_decide })
    }

    fn balance(&self, account: AccountId) -> Balance {
        let ledger = self.engine().ledger();
        let view = ledger.account(account);
        let of = |part: fn(&dpgn_market::AccountView) -> Credits| view.as_ref().map_or(Credits::ZERO, part);
        Balance {
            account,
            available: of(|v| v.balance),
            escrow: of(|v| v.escrowed),
            collateral: of(|v| v.collateral),
            reputation: ledger.reputation(account).value,
        }
    }

    fn info(&self, record: &TaskRecord) -> TaskInfo {
        let view = self.engine().ledger().task(record.task).map(|view| view.task);
        let prover = view.and_then(|v| v.stage.award()).map(|award| award.prover);
        let progress = self.engine().progress(record.task).filter(|p| Some(p.prover) == prover);
        let mut info = ended(record, &self.host.disk);
        if let Some(view) = view {
            info.awarded_height = view.awarded;
            info.attempts = usize::try_from(view.awards).unwrap_or(usize::MAX);
            info.updated_at = info.updated_at.max(moved(view));
        }
        if self.engine().proves_here(record.task) && record.state == PurchaseState::ProvingLocally {
            let progress = self.engine().progress(record.task);
            info.status = Status::InProgress;
            (info.proof_stage, info.permille) = (progress.map(|p| p.proof_stage), progress.map(|p| p.permille));
        }
        if matches!(record.state, PurchaseState::Announced | PurchaseState::Open) {
            info.status = view.map_or(Status::Pending, |v| v.stage.status());
            (info.prover, info.price) = (prover, view.and_then(|v| v.stage.award()).map(|award| award.price));
            (info.proof_stage, info.permille) = (progress.map(|p| p.proof_stage), progress.map(|p| p.permille));
            info.stalled = self.engine().stalled(record.task).map(str::to_owned);
        }
        info
    }

    /// Answers with own tasks, the newest first: those in memory as they stand, and those that ended long ago.
    fn page(&self, after: Option<TaskCursor>, limit: u16, reply: oneshot::Sender<Result<TaskPage, TasksError>>) {
        let all = self.engine().tasks().map(TaskRecord::cursor);
        let (newest, more) = page::newest(all, after, limit);
        let records = newest.iter().filter_map(|at| self.engine().task(at.task()));
        let live: Vec<TaskInfo> = records.map(|record| self.info(record)).collect();
        self.read(reply, move |disk| whole_page(disk, live, more.is_some(), after, limit));
    }

    /// Reads the disk off the loop and answers, unless too much is read already.
    fn read<T: Send + 'static, E: From<Unavailable> + Send + 'static>(
        &self,
        reply: oneshot::Sender<Result<T, E>>,
        work: impl FnOnce(&Disk) -> Result<T, E> + Send + 'static,
    ) {
        let Ok(permit) = self.state.reads.clone().try_acquire_owned() else {
            let _ = reply.send(Err(Unavailable::Busy { waiting_max: READS_MAX }.into()));
            return;
        };
        let disk = self.host.disk.clone();
        self.state.tasks.spawn_blocking(move || {
            let _ = reply.send(work(&disk));
            drop(permit);
        });
    }
}

/// Whether an account has an ask in a task's round.
fn has_sealed(task: &Task, account: AccountId) -> bool {
    task.round.as_ref().is_some_and(|round| round.asks.contains_key(&account))
}

/// The time at which a task of the ledger moved last.
fn moved(task: &Task) -> Timestamp {
    let award = task.stage.award();
    let ended = task.attempts.last().map(|attempt| attempt.at);
    let since = [award.map(|award| award.at), award.and_then(|award| award.started), ended, task.closed];
    let delivered = task.stage.delivery().map(|delivery| delivery.at);
    since.into_iter().chain([delivered]).flatten().fold(task.opened, Timestamp::max)
}

fn is_named(record: &TaskRecord, name: TaskRef) -> bool {
    match name {
        TaskRef::Id(task) => record.task == task,
        TaskRef::Alias(alias) => record.alias == alias,
    }
}

/// The receipt of a task whose record is in memory, or else on disk.
fn receipt(
    disk: &Disk,
    name: TaskRef,
    record: Option<TaskRecord>,
    since: Height,
    epoch_blocks: u64,
) -> Result<Receipt, ReceiptError> {
    let record = match record {
        Some(record) => Some(record),
        None => disk.task(name).map_err(TaskError::from)?,
    };
    let record = record.ok_or(TaskError::Unknown(name))?;
    match record.state.paid() {
        Some(paid) => {
            let settled = paid.settled.ok_or(ReceiptMissing::Unseen)?;
            Ok(disk.receipt(record.task, settled, since, epoch_blocks)?)
        }
        None => Err(ReceiptError::NotSettled { task: record.task, status: ended(&record, disk).status }),
    }
}

/// The newest of the tasks in memory, of which these are a page, and of all those on disk.
fn whole_page(
    disk: &Disk,
    live: Vec<TaskInfo>,
    more: bool,
    after: Option<TaskCursor>,
    limit: u16,
) -> Result<TaskPage, TasksError> {
    let mut known: BTreeMap<TaskId, TaskInfo> = live.into_iter().map(|info| (info.task, info)).collect();
    let records: BTreeMap<TaskId, TaskRecord> = disk.tasks()?.into_iter().map(|r| (r.task, r)).collect();
    // A task that was announced a moment ago may not be on disk yet.
    let unsaved = known.values().filter(|info| !records.contains_key(&info.task)).map(TaskInfo::cursor);
    let (page, next) = page::newest(records.values().map(TaskRecord::cursor).chain(unsaved), after, limit);
    let info = |at: &TaskCursor| {
        known.remove(&at.task()).or_else(|| records.get(&at.task()).map(|record| ended(record, disk)))
    };
    let tasks: Vec<TaskInfo> = page.iter().filter_map(info).collect();
    let next = next.or_else(|| page.last().copied().filter(|_| more));
    Ok(TaskPage { tasks, next })
}

/// The task as its record alone tells of it.
fn ended(record: &TaskRecord, disk: &Disk) -> TaskInfo {
    let (paid, is_local) = (record.state.paid(), record.state.is_local());
    let here = match &record.state {
        PurchaseState::Done(paid) => Some(paid.proof),
        PurchaseState::ProvedLocally(proof) => Some(*proof),
        PurchaseState::Announced
        | PurchaseState::Open
        | PurchaseState::Paid(_)
        | PurchaseState::Failed(_)
        | PurchaseState::ProvingLocally => None,
    };
    TaskInfo {
        task: record.task,
        alias: record.alias,
        status: match &record.state {
            PurchaseState::Announced | PurchaseState::Open => Status::Pending,
            PurchaseState::Paid(_) | PurchaseState::Done(_) | PurchaseState::ProvedLocally(_) => Status::Completed,
            PurchaseState::Failed(_) => Status::Failed,
            // Until a worker has taken it up.
            PurchaseState::ProvingLocally => Status::Assigned,
        },
        circuit: record.circuit,
        level: record.level,
        reward: record.reward,
        created_at: record.created,
        updated_at: record.changed,
        prover: paid.map(|paid| paid.prover).or_else(|| is_local.then_some(record.bid.op.signer)),
        price: paid.map(|paid| paid.price),
        awarded_height: None,
        attempts: usize::from(paid.is_some()),
        proof_stage: None,
        permille: None,
        quality: paid.map(|paid| paid.quality),
        proof: record.state.proof(),
        proof_path: here.map(|proof| disk.blobs.path(&proof)),
        verifier_data_path: here.map(|_| disk.blobs.path(&record.circuit)),
        settled_height: paid.and_then(|paid| paid.settled).map(|settled| settled.height),
        stalled: None,
        why: if let PurchaseState::Failed(why) = &record.state { Some(why.clone()) } else { None },
        is_local,
        prove_here_at: record.prove_here_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        bounded::Bytes,
        ids::{CircuitId, InputsDigest, NetworkId, PublicInputsDigest, RecipeDigest},
        ops::{Action, Op, SignedOp},
        sign::Keypair,
        units::Level,
    };
    use uuid::Uuid;

    fn record(n: u8, network: NetworkId) -> TaskRecord {
        let op = Op { nonce: n.into(), expires: Timestamp::new(1), sponsor: None, action: Action::Alive };
        let bid = SignedOp::new(Keypair::from_seed(&[1; 32]).sign(network, op).unwrap()).to_raw();
        TaskRecord {
            task: TaskId::from_bytes([n; 32]),
            alias: Uuid::from_u128(n.into()),
            // Some were submitted in the same millisecond.
            created: Timestamp::new(u64::from(n / 3)),
            changed: Timestamp::new(u64::from(n / 3)),
            bid,
            recipe: RecipeDigest::from_bytes([0; 32]),
            circuit: CircuitId::from_bytes([0; 32]),
            verifier_data: Bytes::new(Vec::new()).unwrap(),
            statement: PublicInputsDigest::from_bytes([0; 32]),
            inputs: InputsDigest::from_bytes([0; 32]),
            level: Level::MIN,
            reward: Credits::new(1),
            state: PurchaseState::Failed("of old".to_owned()),
            shown: Vec::new(),
            prove_here_at: None,
        }
    }

    #[test]
    fn a_list_goes_on_where_memory_ends() {
        let dir = tempfile::tempdir().unwrap();
        let network = NetworkId::from_bytes([7; 32]);
        let disk = Disk::open(dir.path(), network).unwrap();
        let records: Vec<_> = (0..200).map(|n| record(n, network)).collect();
        for record in &records {
            disk.put_task(record).unwrap();
        }
        // In memory are the newest, and one old task that is still open.
        let in_memory = |record: &&TaskRecord| record.created.get() > 55 || record.alias == Uuid::from_u128(4);
        let memory: Vec<&TaskRecord> = records.iter().filter(in_memory).collect();
        let live = |record: &TaskRecord| TaskInfo { status: Status::InProgress, why: None, ..ended(record, &disk) };
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let (newest, more) = page::newest(memory.iter().map(|r| r.cursor()), after, 50);
            let page: Vec<_> = newest.iter().map(|at| live(&records[usize::from(at.task().as_bytes()[0])])).collect();
            let page = whole_page(&disk, page, more.is_some(), after, 50).unwrap();
            assert!(page.tasks.len() <= 50);
            listed.extend(page.tasks);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let mut expected: Vec<_> = records.iter().map(TaskRecord::cursor).collect();
        expected.sort_by(|a, b| b.cmp(a));
        assert_eq!(listed.iter().map(TaskInfo::cursor).collect::<Vec<_>>(), expected, "each once, the newest first");
        let as_they_stand = listed.iter().filter(|info| info.status == Status::InProgress).count();
        assert_eq!(as_they_stand, memory.len(), "those in memory are shown as they stand now");
        let longest = serde_json::to_vec(&listed[..50]).unwrap().len();
        println!("{} tasks, {} in memory; a page of 50 has {longest} bytes", listed.len(), memory.len());
        assert!(longest < (1 << 20) / 4);
    }
}
