//! The node's end of the control socket.

use super::{
    SOCKET,
    error::{ControlError, Warning},
    lines::Lines,
    message::{ControlReply, ControlRequest},
};
use crate::handle::{Bought, NodeHandle, ProofFiles};
use dpgn_protocol::{bounded::List, receipt::Receipt};
use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, sync::Arc};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
};

/// Conversations at once; more wait in the system's own bounded queue.
const CONVERSATIONS_MAX: usize = 64;

/// Answers on the socket until the node stops.
pub(crate) fn serve(data_dir: &Path, node: NodeHandle) -> io::Result<()> {
    let path = data_dir.join(SOCKET);
    // The store's lock says that no other node runs here: what is left is of one that died.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(CONVERSATIONS_MAX));
        tokio::select! {
            () = node.stopped() => {}
            () = accept(&listener, &places, &node) => {}
        }
        let _ = fs::remove_file(path);
    });
    Ok(())
}

/// Takes up conversations, one after another while there are places.
async fn accept(listener: &UnixListener, places: &Arc<Semaphore>, node: &NodeHandle) {
    while let Ok(place) = places.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let node = node.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = node.stopped() => {}
                        ended = converse(stream, &node) => if let Err(error) = ended {
                            tracing::debug!(%error, "a control connection ended");
                        },
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket");
                // Out of file descriptors, most often: not at once again.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, node: &NodeHandle) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    while let Some(request) = lines.read::<ControlRequest>().await? {
        if matches!(request, ControlRequest::Watch) {
            return watch(lines, node).await;
        }
        let reply = answer(node, request).await.unwrap_or_else(ControlReply::Error);
        lines.write(&reply).await?;
    }
    Ok(())
}

async fn answer(node: &NodeHandle, request: ControlRequest) -> Result<ControlReply, ControlError> {
    Ok(match request {
        ControlRequest::Status => ControlReply::Status(Box::new(node.status().await?)),
        ControlRequest::Submit(purchase) => {
            let Bought { task, warnings } = node.submit(*purchase).await?;
            let warnings = warnings.iter().map(Warning::from).collect();
            ControlReply::Submitted { task: Box::new(task), warnings }
        }
        ControlRequest::Tasks { after, limit } => ControlReply::Tasks(node.tasks(after, limit).await?),
        ControlRequest::Task { task } => ControlReply::Task(Box::new(node.task(task).await?)),
        ControlRequest::Proof { task } => {
            let ProofFiles { proof, verifier_data } = node.proof_files(task).await?;
            ControlReply::Proof { proof, verifier_data }
        }
        ControlRequest::Receipt { task, since } => {
            let receipt = Receipt { history: List::default(), ..node.receipt(task, since).await? };
            ControlReply::Receipt(Box::new(receipt))
        }
        ControlRequest::Handovers { above, below } => {
            ControlReply::Handovers { handovers: node.handovers(above, below).await? }
        }
        ControlRequest::Checkpoint { below } => ControlReply::Checkpoint(Box::new(node.checkpoint(below).await?)),
        ControlRequest::Cancel { task } => {
            node.cancel(task).await?;
            ControlReply::Done
        }
        ControlRequest::Balance { account } => ControlReply::Balance(node.balance(account).await?),
        ControlRequest::Reputation { account } => ControlReply::Reputation(Box::new(node.reputation(account).await?)),
        ControlRequest::Statement { account, from, lines_max } => {
            ControlReply::Statement(Box::new(node.statement(account, from, lines_max).await?))
        }
        ControlRequest::Quote(wanted) => ControlReply::Quote(Box::new(node.quote(&wanted).await?)),
        ControlRequest::Explain { task, about, asks_max } => {
            ControlReply::Explained(Box::new(node.explain(task, about, asks_max).await?))
        }
        ControlRequest::History { task, about } => ControlReply::History(Box::new(node.history(task, about).await?)),
        ControlRequest::Asks { of } => ControlReply::Asks { asks: node.asks(of).await? },
        ControlRequest::Work => ControlReply::Work { awards: node.work().await? },
        ControlRequest::Programs => ControlReply::Programs { programs: node.programs().await },
        ControlRequest::Sell(prices) => {
            node.sell(*prices).await?;
            ControlReply::Done
        }
        ControlRequest::Auction { height, scope } => {
            ControlReply::Auction(Box::new(node.replay_auction(height, scope).await?))
        }
        ControlRequest::Payee { address } => {
            node.name_payee(address).await?;
            ControlReply::Done
        }
        ControlRequest::Payout { account } => ControlReply::Payout(Box::new(node.payout(account).await?)),
        ControlRequest::Stake(order) => {
            node.stake(order).await?;
            ControlReply::Done
        }
        ControlRequest::Election => ControlReply::Election(Box::new(node.election().await?)),
        ControlRequest::Stakes { account } => ControlReply::Stakes { stakes: node.stakes(account).await? },
        ControlRequest::Transfer { to, amount } => {
            node.transfer(to, amount).await?;
            ControlReply::Done
        }
        ControlRequest::Watch => ControlReply::Done,
    })
}

/// Sends notices until the other side has gone or the node stops.
async fn watch(mut lines: Lines, node: &NodeHandle) -> io::Result<()> {
    let mut notices = node.watch();
    lines.write(&ControlReply::Done).await?;
    while let Some(heard) = notices.next().await {
        if let Ok(notice) = heard {
            lines.write(&ControlReply::Notice { notice: Box::new(notice) }).await?;
        }
    }
    Ok(())
}
