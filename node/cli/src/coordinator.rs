//! `dpgn coordinator`: standing for election with a bond, voting with stake, and how the election stands.

use crate::{
    decided, election, globals::Globals, output::Output, session::Session, standing::Standing, user_error::UserError,
};
use clap::Subcommand;
use dpgn_node::engine::StakeOrder;
use dpgn_protocol::{ids::AccountId, units::Credits};

const BOND_EXAMPLES: &str = "\
Examples:
  dpgn coordinator bond 100000000
  dpgn coordinator bond 5000000 --format json

A million micro-credits are one credit; a bond has 10 credits at least in most networks. Give the node the role \
coordinator first: without it a member is silent, and loses its seat. The bond makes this account a candidate of this \
epoch's election; in later epochs a node with the role says by itself that it stands, and whoever does not is not \
elected. The committee changes after the last block of an epoch: `dpgn coordinator candidates` says which. Whoever \
signs two words at one height and round loses all of the bond, what is being taken back of it included: never run two \
nodes with one key. What is being taken back is bonded again first.";

const UNBOND_EXAMPLES: &str = "\
Examples:
  dpgn coordinator unbond 5000000
  dpgn coordinator unbond 5000000 --vote ACCOUNT

From now on it does not count. It is free some epochs and days later: `dpgn coordinator status` says when. For a bond \
that time begins when the account has left office: keep the node running until then. What is left is nothing, or no \
less than the least bond or stake.";

const VOTE_EXAMPLES: &str = "\
Examples:
  dpgn coordinator vote ACCOUNT 20000000

The stake stays this account's: it is never burned, whatever the candidate does. It adds to the candidate's bond, up \
to a multiple of that. Stake that is being taken back from another candidate is locked again first.";

const CANDIDATES_EXAMPLES: &str = "\
Examples:
  dpgn coordinator candidates
  dpgn coordinator candidates --format json

POWER is the share of all power in office, EXPECTED the share if the epoch ended now. Coordinators say in the second \
half of each epoch that they stand: before that most may not be elected yet. JSON has micro-credits and whole numbers \
of power.";

const STATUS_EXAMPLES: &str = "\
Examples:
  dpgn coordinator status
  dpgn coordinator status --format json

Which coordinators are in touch is known to coordinators in office alone.";

/// Stand for election with a bond, vote with stake, see how the election stands
#[derive(Debug, Subcommand)]
pub(crate) enum Coordinator {
    /// Lock credits as this account's bond, which makes it a candidate
    #[command(after_help = BOND_EXAMPLES)]
    Bond {
        /// The amount that is added, in micro-credits: a million are one credit
        #[arg(value_name = "MICRO_CREDITS")]
        amount: u64,
    },
    /// Take back a part of the bond, or of the stake on a candidate
    #[command(after_help = UNBOND_EXAMPLES)]
    Unbond {
        /// The amount that is taken back, in micro-credits
        #[arg(value_name = "MICRO_CREDITS")]
        amount: u64,
        /// The candidate that the stake is taken from [default: none, it is taken from the own bond]
        #[arg(long, value_name = "ACCOUNT")]
        vote: Option<AccountId>,
    },
    /// Lock stake on a candidate
    #[command(after_help = VOTE_EXAMPLES)]
    Vote {
        /// The candidate, another account than this node's
        candidate: AccountId,
        /// The amount that is added, in micro-credits
        #[arg(value_name = "MICRO_CREDITS")]
        amount: u64,
    },
    /// Show all candidates, who may be elected, and who would have which power
    #[command(after_help = CANDIDATES_EXAMPLES)]
    Candidates {},
    /// Show this node's bond, votes and office, and whether the committee can decide
    #[command(after_help = STATUS_EXAMPLES)]
    Status {},
}

/// Runs one of the commands.
pub(crate) async fn run(command: Coordinator, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let mut session = Session::open(globals).await?;
    let own = session.account_or_own(None).await?;
    let order = match command {
        Coordinator::Bond { amount } => StakeOrder::Bond { amount: Credits::new(amount) },
        Coordinator::Unbond { amount, vote } => {
            StakeOrder::Unbond { candidate: vote.unwrap_or(own), amount: Credits::new(amount) }
        }
        Coordinator::Vote { candidate, amount } => StakeOrder::Vote { candidate, amount: Credits::new(amount) },
        Coordinator::Candidates {} => {
            let told = session.node().election().await?;
            session.close().await;
            return output.report(&told, || election::text(&told));
        }
        Coordinator::Status {} => {
            let standing = Standing::ask(session.node()).await?;
            session.close().await;
            return output.report(&standing, || standing.text());
        }
    };
    carry_out(order, own, session, output).await
}

/// Sends the order, waits until a block holds it, and shows how the account stands then.
async fn carry_out(order: StakeOrder, own: AccountId, mut session: Session, output: &Output) -> Result<(), UserError> {
    session.ready(output).await?;
    let before = Standing::ask(session.node()).await?;
    let wanted = after(order, before.locked(of(order, own)));
    session.node().stake(order).await?;
    output.say("the order is on its way");
    let shown = decided::until(async || {
        let standing = Standing::ask(session.node()).await?;
        Ok((standing.locked(of(order, own)) == wanted).then_some(standing))
    });
    let shown = shown.await;
    session.close().await;
    match shown? {
        Some(standing) => output.report(&standing, || standing.text()),
        None => Err(UserError::network(format!("no block holds the order after {} s", decided::PATIENCE.as_secs()))
            .hint("do not send it again before `dpgn coordinator status` shows that it was not applied")),
    }
}

/// The account on which the order changes what is locked.
fn of(order: StakeOrder, own: AccountId) -> AccountId {
    match order {
        StakeOrder::Bond { .. } => own,
        StakeOrder::Vote { candidate, .. } | StakeOrder::Unbond { candidate, .. } => candidate,
    }
}

/// What is locked after the order, of what was locked before.
fn after(order: StakeOrder, locked: Credits) -> Credits {
    match order {
        StakeOrder::Bond { amount } | StakeOrder::Vote { amount, .. } => locked.saturating_add(amount),
        StakeOrder::Unbond { amount, .. } => locked.saturating_sub(amount),
    }
}
