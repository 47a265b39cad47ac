//! What handles ask, answered from the engine's replica and the disk.

use super::{RECEIPTS_MAX, Runtime, disk::Disk, error::Stopped};
use crate::{
    engine::{End, Paid, TaskRecord},
    error::{ReceiptError, TaskError, Unavailable},
    handle::Query,
    page::{self, TaskCursor, TaskPage},
    task_ref::TaskRef,
    view::{Balance, NodeStatus, Status, TaskInfo},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    receipt::Receipt,
    units::Credits,
};
use tokio::sync::oneshot;

impl Runtime {
    pub(super) async fn query(&mut self, query: Query) -> Result<(), Stopped> {
        match query {
            Query::Command(command, reply) => {
                self.driver.command(&mut self.host, command, reply).await?;
            }
            Query::Status(reply) => {
                let _ = reply.send(self.status());
            }
            Query::Tasks { after, limit, reply } => {
                let _ = reply.send(self.page(after, limit));
            }
            Query::Task(name, reply) => {
                let named = |record: &&TaskRecord| match name {
                    TaskRef::Id(task) => record.task == task,
                    TaskRef::Alias(alias) => record.alias == alias,
                };
                match self.engine().tasks().find(named) {
                    Some(record) => drop(reply.send(Some(self.info(record)))),
                    None => self.ended_task(name, reply),
                }
            }
            Query::Balance(account, reply) => {
                let _ = reply.send(self.balance(account));
            }
            Query::Supply(reply) => {
                let _ = reply.send(self.engine().ledger().supply());
            }
            Query::Recipe(circuit, reply) => {
                let ours = self.engine().tasks().find(|t| t.circuit == circuit).map(|t| t.recipe);
                let _ = reply.send(ours);
            }
            Query::Receipt(task, reply) => {
                self.receipt(task, reply);
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
            balance: self.balance(self.account),
            open_bids: ledger.tasks().filter(|(_, t)| t.stage.status() == Status::Pending).count(),
            standing_asks: ledger.asks().count(),
        }
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
            let last = view.stage.award().is_some() || view.stage.status() == Status::Completed;
            info.attempts = view.attempts.len() + usize::from(last);
        }
        if matches!(record.end, End::Announced | End::Open) {
            info.status = view.map_or(Status::Pending, |v| v.stage.status());
            (info.prover, info.price) = (prover, view.and_then(|v| v.stage.award()).map(|award| award.price));
            (info.proof_stage, info.permille) = (progress.map(|p| p.step), progress.map(|p| p.permille));
            info.why = self.engine().stalled(record.task).map(str::to_owned);
        }
        info
    }

    /// Looks on disk, off the loop, for a task that has ended too long ago to be in memory.
    fn ended_task(&self, name: TaskRef, reply: oneshot::Sender<Option<TaskInfo>>) {
        let disk = self.host.disk.clone();
        let Ok(permit) = self.state.receipts.clone().try_acquire_owned() else { return drop(reply.send(None)) };
        self.state.tasks.spawn_blocking(move || {
            let record = disk.task(name).unwrap_or_else(|error| {
                tracing::error!(%error, "an own task could not be read");
                None
            });
            let _ = reply.send(record.map(|record| ended(&record, &disk)));
            drop(permit);
        });
    }

    /// Own tasks, the newest first.
    fn page(&self, after: Option<TaskCursor>, limit: u16) -> TaskPage {
        let all = self.engine().tasks().map(|record| TaskCursor::behind(record.created, record.task));
        let (page, next) = page::newest(all, after, limit);
        let records = page.iter().filter_map(|at| self.engine().task(at.task()));
        TaskPage { tasks: records.map(|record| self.info(record)).collect(), next }
    }

    /// Reads the block that paid, off the loop, and answers with the op in it and what it did.
    fn receipt(&mut self, task: TaskId, reply: oneshot::Sender<Result<Receipt, ReceiptError>>) {
        let paid = self.paid(task);
        let permit = self.state.receipts.clone().try_acquire_owned();
        match (paid, permit) {
            (Ok(paid), Ok(permit)) => {
                let disk = self.host.disk.clone();
                self.state.tasks.spawn_blocking(move || {
                    let _ = reply.send(disk.receipt(paid.height, paid.op).map_err(ReceiptError::from));
                    drop(permit);
                });
            }
            (Err(error), _) => {
                let _ = reply.send(Err(error));
            }
            (Ok(_), Err(_)) => {
                let _ = reply.send(Err(Unavailable::Busy { waiting_max: RECEIPTS_MAX }.into()));
            }
        }
    }

    fn paid(&self, task: TaskId) -> Result<Paid, ReceiptError> {
        let record = self.engine().task(task).ok_or(TaskError::Unknown(TaskRef::Id(task)))?;
        match &record.end {
            End::Paid(paid) | End::Done(paid) => Ok(*paid),
            End::Announced | End::Open | End::Failed(_) => {
                Err(ReceiptError::NotSettled { task, status: self.info(record).status })
            }
        }
    }
}

/// What the record of an own task says by itself.
fn ended(record: &TaskRecord, disk: &Disk) -> TaskInfo {
    let is_done = matches!(record.end, End::Done(_));
    let paid = record.end.paid();
    TaskInfo {
        task: record.task,
        alias: record.alias,
        status: match &record.end {
            End::Announced | End::Open => Status::Pending,
            End::Paid(_) | End::Done(_) => Status::Completed,
            End::Failed(_) => Status::Failed,
        },
        circuit: record.circuit,
        level: record.level,
        reward: record.reward,
        created_at: record.created,
        prover: paid.map(|paid| paid.prover),
        price: paid.map(|paid| paid.price),
        attempts: usize::from(paid.is_some()),
        proof_stage: None,
        permille: None,
        proof: paid.map(|paid| paid.proof),
        proof_path: paid.filter(|_| is_done).map(|paid| disk.blobs.path(&paid.proof)),
        verifier_data_path: is_done.then(|| disk.blobs.path(&record.circuit)),
        settled_height: paid.map(|paid| paid.height),
        why: if let End::Failed(why) = &record.end { Some(why.clone()) } else { None },
    }
}
