//! Admission: what every op needs to stand in a block: a free nonce, a life that isn't over, and the fee.
//!
//! An op that fails here has no place in any block. An op that is admitted uses up its nonce and its fee,
//! whatever becomes of its action.

use super::refused::Refused;
use crate::state::{
    coins::sum,
    inconsistent::Inconsistent,
    ledger::Ledger,
    nonces::{Nonces, first_nonces},
};
use dpgn_protocol::{
    ids::AccountId,
    limits::NONCE_WINDOW,
    ops::{Op, SignedOp},
    units::{Credits, Timestamp},
};

impl Ledger {
    /// The nonces that an account may use now, the lowest first. Whoever takes them in this order, and takes a
    /// nonce again whose op has expired undecided, never gets stuck.
    pub fn free_nonces(&self, account: AccountId) -> Vec<u64> {
        match self.find_account(account) {
            Some(account) => account.nonces.free().collect(),
            None => Nonces::at(self.height()).free().collect(),
        }
    }

    /// Checks the life and the nonce of an op by this signer, for a block of this time. It needs no signature, so
    /// whoever hears ops asks this first: a replay of an applied op ends here.
    pub fn check_life(&self, signer: AccountId, op: &Op, now: Timestamp) -> Result<(), Refused> {
        let (expires, now) = (op.expires, now.max(self.time()));
        if expires <= now {
            return Err(Refused::Expired { expires, now });
        }
        let latest = now.after(self.params.op_life);
        if expires > latest {
            return Err(Refused::LivesTooLong { expires, latest });
        }
        self.check_nonce(signer, op.nonce)
    }

    /// Checks that an op may stand in a block of this time.
    pub(crate) fn admit(&self, op: &SignedOp, now: Timestamp) -> Result<(), Refused> {
        self.check_life(op.signer(), op.op(), now)?;
        self.has(op.payer(), sum([self.fee(op), self.opening(op)]))?;
        if self.find_account(op.signer()).is_none() {
            self.room_for_account(self.params.account_min, [op.payer(); 2])?;
        }
        Ok(())
    }

    /// Finds room for an account that opens with this much: the one that is pruned for it if the table is full, the
    /// poorest that has nothing open. None of `except` is.
    pub(crate) fn room_for_account(
        &self,
        opens_with: Credits,
        except: [AccountId; 2],
    ) -> Result<Option<AccountId>, Refused> {
        let max = self.params.accounts_max;
        if self.accounts_len() < max as usize {
            return Ok(None);
        }
        let full = Refused::Full { what: "accounts", max: u64::from(max) };
        self.gives_way(opens_with, except).map(Some).ok_or(full)
    }

    /// Uses up the nonce of an admitted op. The sponsor of a newcomer's first one opens its account.
    pub(crate) fn use_nonce(&mut self, op: &SignedOp) -> Result<(), Inconsistent> {
        let (nonce, signer, epoch) = (op.op().nonce, op.signer(), self.epoch());
        if self.find_account(signer).is_some() {
            let account = self.account_mut(signer);
            account.last_used = epoch;
            account.nonces.take(nonce);
            return Ok(());
        }
        let pruned = self.room_for_account(self.params.account_min, [op.payer(); 2]).ok().flatten();
        pruned.into_iter().for_each(|poorest| self.prune(poorest));
        let opening = self.take(op.payer(), self.opening(op))?;
        self.account_mut(signer).nonces = Nonces::following(nonce);
        self.give(signer, opening);
        Ok(())
    }

    fn check_nonce(&self, signer: AccountId, nonce: u64) -> Result<(), Refused> {
        if let Some(account) = self.find_account(signer) {
            return Ok(account.nonces.check(nonce)?);
        }
        // A newcomer's first op, paid by its sponsor: the height it was signed at is some way back.
        let window = first_nonces(self.height(), self.params.epoch_blocks);
        if nonce < window.start {
            return Err(Refused::NonceOld { nonce, base: window.start });
        }
        if nonce >= window.end {
            let base = window.end - NONCE_WINDOW;
            return Err(Refused::NonceTooFar { nonce, base, last: window.end - 1 });
        }
        Ok(())
    }

    /// Checks that an account can spend this much.
    pub(crate) fn has(&self, account: AccountId, required: Credits) -> Result<(), Refused> {
        let available = self.balance(account);
        if available < required {
            return Err(Refused::InsufficientFunds { account, available, required });
        }
        Ok(())
    }
}
