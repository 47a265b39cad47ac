//! The books, audited after all processes are gone: a node opened on what one of them left on disk.

use super::mesh::{Mesh, Running};
use dpgn_node::{Node, genesis_file, keys, local, view::Balance};
use dpgn_protocol::units::Credits;
use std::collections::BTreeMap;

/// What an account has at the start.
pub const GRANT: u64 = 100_000_000;
/// More than the fees of a few ops, less than the price of any proof here.
pub const CHANGE: u64 = 5_000;
/// More than a bid pays for the bytes of recipe and inputs that its prover fetches: 4,096 a MiB, for a quarter of one.
pub const CARRIAGE: u64 = 1_200;

/// What everybody has, by the ledger on one node's disk.
pub struct Books(BTreeMap<String, Balance>);

impl Books {
    /// Stops all and reads the coordinator's disk; the credits must add up.
    pub async fn close(mesh: &Mesh, running: impl IntoIterator<Item = Running>) -> Self {
        running.into_iter().for_each(Running::stop);
        let dir = mesh.dir(super::mesh::COORDINATOR);
        let keys = keys::load(&dir.join(keys::KEY_FILE)).unwrap();
        let genesis = genesis_file::read(&dir.join(genesis_file::GENESIS_FILE)).unwrap();
        let node = local::loopback(Node::builder(keys, genesis).data_dir(&dir)).spawn().await.unwrap();
        let supply = node.supply().await.unwrap();
        assert!(supply.is_conserved(), "{supply:?}");
        let mut balances = BTreeMap::new();
        for account in mesh.accounts() {
            let balance = node.balance(account.parse().unwrap()).await.unwrap();
            assert_eq!((balance.escrow, balance.collateral), (Credits::ZERO, Credits::ZERO), "nothing is left open");
            balances.insert(account.to_owned(), balance);
        }
        node.shutdown().await;
        Self(balances)
    }

    pub fn of(&self, account: &str) -> u64 {
        self.0[account].available.get()
    }

    pub fn reputation(&self, account: &str) -> u64 {
        u64::from(self.0[account].reputation.get())
    }

    /// These prices and little more were paid, and the prover has them.
    pub fn assert_paid(&self, requester: &str, prover: &str, price: u64) {
        let (spent, earned) = (GRANT - self.of(requester), self.of(prover));
        assert!((price..price + CHANGE + CARRIAGE).contains(&spent), "{spent} spent for {price}");
        assert!((GRANT + price - CHANGE..=GRANT + price).contains(&earned), "{earned} after a price of {price}");
    }
}
