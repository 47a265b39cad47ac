//! What handles ask, answered from the engine's replica and the disk.

use super::{RECEIPTS_MAX, Runtime, error::Stopped};
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
                let _ = reply.send(self.engine().tasks().find(named).map(|record| self.info(record)));
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
        let mut info = TaskInfo {
            task: record.task,
            alias: record.alias,
            status: view.map_or(Status::Pending, |v| v.stage.status()),
            circuit: record.circuit,
            level: record.level,
            reward: record.reward,
            created_at: record.created,
            prover,
            price: view.and_then(|v| v.stage.award()).map(|award| award.price),
            attempts: view.map_or(0, |v| {
                let last = v.stage.award().is_some() || v.stage.status() == Status::Completed;
                v.attempts.len() + usize::from(last)
            }),
            step: progress.map(|p| p.step),
            permille: progress.map(|p| p.permille),
            proof: None,
            proof_path: None,
            verifier_data_path: None,
            settled_height: None,
            why: None,
        };
        match &record.end {
            End::Announced | End::Open => {}
            End::Paid(paid) | End::Done(paid) => {
                info.status = Status::Completed;
                (info.prover, info.price) = (Some(paid.prover), Some(paid.price));
                (info.proof, info.settled_height) = (Some(paid.proof), Some(paid.height));
                if matches!(record.end, End::Done(_)) {
                    info.proof_path = Some(self.host.disk.blobs.path(&paid.proof));
                    info.verifier_data_path = Some(self.host.disk.blobs.path(&record.circuit));
                }
            }
            End::Failed(why) => {
                info.status = Status::Failed;
                info.why = Some(why.clone());
            }
        }
        info
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
