//! The program's end of the control socket: one method for each request.

use super::{
    SOCKET,
    error::{ControlError, Warning},
    lines::Lines,
    message::{ControlReply, ControlRequest},
};
use crate::{
    engine::{Notice, Prices, StakeOrder, Work},
    handle::ProofFiles,
    page::{TaskCursor, TaskPage},
    purchase::Purchase,
    task_ref::TaskRef,
    view::{Balance, NodeStatus, Payout, TaskInfo},
};
use dpgn_market::{
    AskShown, AuctionReplayed, AuctionScope, ElectionTold, Quote, ReputationExplained, StakesTold, Statement,
    TaskExplained, TaskHistory, Wanted,
};
use dpgn_protocol::{
    bounded::List,
    checkpoint::Checkpoint,
    ids::AccountId,
    limits::RECEIPT_HISTORY_MAX,
    payout::PayeeAddress,
    receipt::{Handover, Receipt},
    units::{Credits, Height},
};
use std::{collections::BTreeMap, io, path::Path};
use tokio::net::UnixStream;

/// Why a request over the control socket had no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The node did not carry the request out.
    #[error(transparent)]
    Refused(#[from] ControlError),
    /// The socket failed or gave no JSON.
    #[error("the node's control socket: {0}")]
    Socket(#[from] io::Error),
    /// The node closed the connection: most likely it has stopped.
    #[error("the node has closed its control socket")]
    Closed,
    /// The reply belongs to another request: the node is of another version.
    #[error("the node answered something else")]
    Unexpected,
}

/// A connection to a running node.
pub struct Client(Lines);

impl Client {
    /// Connects to the node that runs on this data directory; none if none does.
    pub async fn connect(data_dir: &Path) -> io::Result<Option<Self>> {
        match UnixStream::connect(data_dir.join(SOCKET)).await {
            Ok(stream) => Ok(Some(Self(Lines::new(stream)))),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The node's process; absent where the system does not tell.
    pub fn node_pid(&self) -> Option<u32> {
        self.0.peer_pid()
    }

    /// Asks how the node is.
    pub async fn status(&mut self) -> Result<NodeStatus, ClientError> {
        let ControlReply::Status(status) = self.ask(&ControlRequest::Status).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*status)
    }

    /// Buys a proof; returns the task and the lint's warnings.
    pub async fn submit(&mut self, purchase: Purchase) -> Result<(TaskInfo, Vec<Warning>), ClientError> {
        let ControlReply::Submitted { task, warnings } = self.ask(&ControlRequest::Submit(Box::new(purchase))).await?
        else {
            return Err(ClientError::Unexpected);
        };
        Ok((*task, warnings))
    }

    /// Asks for a page of own tasks, the newest first.
    pub async fn tasks(&mut self, after: Option<TaskCursor>, limit: u16) -> Result<TaskPage, ClientError> {
        let ControlReply::Tasks(page) = self.ask(&ControlRequest::Tasks { after, limit }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(page)
    }

    /// Asks how one own task stands.
    pub async fn task(&mut self, task: TaskRef) -> Result<TaskInfo, ClientError> {
        let ControlReply::Task(info) = self.ask(&ControlRequest::Task { task }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*info)
    }

    /// Asks where the proof of an own task lies.
    pub async fn proof_files(&mut self, task: TaskRef) -> Result<ProofFiles, ClientError> {
        let ControlReply::Proof { proof, verifier_data } = self.ask(&ControlRequest::Proof { task }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(ProofFiles { proof, verifier_data })
    }

    /// Asks for the receipt of an own, paid task, page by page; `since` as in [`crate::NodeHandle::receipt`].
    pub async fn receipt(&mut self, task: TaskRef, since: Height) -> Result<Receipt, ClientError> {
        let ControlReply::Receipt(receipt) = self.ask(&ControlRequest::Receipt { task, since }).await? else {
            return Err(ClientError::Unexpected);
        };
        let (mut history, below) = (Vec::new(), receipt.header.height);
        loop {
            let above = history.last().map_or(since, |last: &Handover| last.header.height);
            let request = ControlRequest::Handovers { above, below };
            let ControlReply::Handovers { handovers } = self.ask(&request).await? else {
                return Err(ClientError::Unexpected);
            };
            if handovers.is_empty() {
                break;
            }
            history.extend(handovers);
            if history.len() > RECEIPT_HISTORY_MAX {
                return Err(ClientError::Unexpected);
            }
        }
        let history = List::new(history).map_err(|_| ClientError::Unexpected)?;
        Ok(Receipt { history, ..*receipt })
    }

    /// Asks for the checkpoint at the last border between epochs below a height, or at the last one there is.
    pub async fn checkpoint(&mut self, below: Option<Height>) -> Result<Checkpoint, ClientError> {
        let ControlReply::Checkpoint(checkpoint) = self.ask(&ControlRequest::Checkpoint { below }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*checkpoint)
    }

    /// Takes the bid of a task back.
    pub async fn cancel(&mut self, task: TaskRef) -> Result<(), ClientError> {
        self.done(&ControlRequest::Cancel { task }).await
    }

    /// Asks what an account has.
    pub async fn balance(&mut self, account: AccountId) -> Result<Balance, ClientError> {
        let ControlReply::Balance(balance) = self.ask(&ControlRequest::Balance { account }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(balance)
    }

    /// Asks for an account's reputation with every term.
    pub async fn reputation(&mut self, account: AccountId) -> Result<ReputationExplained, ClientError> {
        let ControlReply::Reputation(told) = self.ask(&ControlRequest::Reputation { account }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*told)
    }

    /// Asks what came to an account and what went, from a block up to the last one.
    pub async fn statement(
        &mut self,
        account: AccountId,
        from: Height,
        lines_max: u16,
    ) -> Result<Statement, ClientError> {
        let request = ControlRequest::Statement { account, from, lines_max };
        let ControlReply::Statement(statement) = self.ask(&request).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*statement)
    }

    /// Asks what a proof costs now.
    pub async fn quote(&mut self, wanted: Wanted) -> Result<Quote, ClientError> {
        let ControlReply::Quote(quote) = self.ask(&ControlRequest::Quote(Box::new(wanted))).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*quote)
    }

    /// Asks why a task stands as it does, and why a prover does not have it.
    pub async fn explain(
        &mut self,
        task: TaskRef,
        about: Option<AccountId>,
        asks_max: u16,
    ) -> Result<TaskExplained, ClientError> {
        let request = ControlRequest::Explain { task, about, asks_max };
        let ControlReply::Explained(told) = self.ask(&request).await? else { return Err(ClientError::Unexpected) };
        Ok(*told)
    }

    /// Asks for a prover's standing ask, or for all.
    pub async fn asks(&mut self, of: Option<AccountId>) -> Result<Vec<AskShown>, ClientError> {
        let ControlReply::Asks { asks } = self.ask(&ControlRequest::Asks { of }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(asks)
    }

    /// Asks which awards the node holds as a prover.
    pub async fn work(&mut self) -> Result<Vec<Work>, ClientError> {
        let ControlReply::Work { awards } = self.ask(&ControlRequest::Work).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(awards)
    }

    /// Asks which programs connected peers say they run, and how many say so.
    pub async fn programs(&mut self) -> Result<BTreeMap<String, usize>, ClientError> {
        let ControlReply::Programs { programs } = self.ask(&ControlRequest::Programs).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(programs)
    }

    /// Has the node sell at these prices from now on.
    pub async fn sell(&mut self, prices: Prices) -> Result<(), ClientError> {
        self.done(&ControlRequest::Sell(Box::new(prices))).await
    }

    /// Asks for all that blocks have decided about a task.
    pub async fn history(&mut self, task: TaskRef, about: Option<AccountId>) -> Result<TaskHistory, ClientError> {
        let ControlReply::History(told) = self.ask(&ControlRequest::History { task, about }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*told)
    }

    /// Has the node name the address that its payouts are for.
    pub async fn name_payee(&mut self, address: PayeeAddress) -> Result<(), ClientError> {
        self.done(&ControlRequest::Payee { address }).await
    }

    /// Asks what an account has earned, and for whom.
    pub async fn payout(&mut self, account: AccountId) -> Result<Payout, ClientError> {
        let ControlReply::Payout(payout) = self.ask(&ControlRequest::Payout { account }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*payout)
    }

    /// Has the node recompute the auction of a block, and show this part of it.
    pub async fn auction(&mut self, height: Height, scope: AuctionScope) -> Result<AuctionReplayed, ClientError> {
        let ControlReply::Auction(replayed) = self.ask(&ControlRequest::Auction { height, scope }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*replayed)
    }

    /// Has the node bond, vote, or take one of them back.
    pub async fn stake(&mut self, order: StakeOrder) -> Result<(), ClientError> {
        self.done(&ControlRequest::Stake(order)).await
    }

    /// Asks how the election at the end of this epoch stands.
    pub async fn election(&mut self) -> Result<ElectionTold, ClientError> {
        let ControlReply::Election(told) = self.ask(&ControlRequest::Election).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(*told)
    }

    /// Asks what an account has locked on candidates; `None` if nothing.
    pub async fn stakes(&mut self, account: AccountId) -> Result<Option<StakesTold>, ClientError> {
        let ControlReply::Stakes { stakes } = self.ask(&ControlRequest::Stakes { account }).await? else {
            return Err(ClientError::Unexpected);
        };
        Ok(stakes)
    }

    /// Sends credits to an account.
    pub async fn transfer(&mut self, to: AccountId, amount: Credits) -> Result<(), ClientError> {
        self.done(&ControlRequest::Transfer { to, amount }).await
    }

    /// Turns the connection into a stream of what happens from now on.
    pub async fn watch(mut self) -> Result<Watcher, ClientError> {
        self.done(&ControlRequest::Watch).await?;
        Ok(Watcher(self.0))
    }

    async fn done(&mut self, request: &ControlRequest) -> Result<(), ClientError> {
        let ControlReply::Done = self.ask(request).await? else { return Err(ClientError::Unexpected) };
        Ok(())
    }

    async fn ask(&mut self, request: &ControlRequest) -> Result<ControlReply, ClientError> {
        self.0.write(request).await?;
        next(&mut self.0).await
    }
}

/// A connection on which notices come.
pub struct Watcher(Lines);

impl Watcher {
    /// Waits for the next notice.
    pub async fn next(&mut self) -> Result<Notice, ClientError> {
        let ControlReply::Notice { notice } = next(&mut self.0).await? else { return Err(ClientError::Unexpected) };
        Ok(*notice)
    }
}

async fn next(lines: &mut Lines) -> Result<ControlReply, ClientError> {
    match lines.read().await? {
        Some(ControlReply::Error(error)) => Err(error.into()),
        Some(reply) => Ok(reply),
        None => Err(ClientError::Closed),
    }
}
