//! `dpgn account payee`: for whom what an account earns is paid out on an EVM chain, and what it can show a contract
//! there.

use crate::{
    amounts::credits,
    decided,
    globals::Globals,
    output::{Output, Row},
    session::Session,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::view::Payout;
use dpgn_protocol::{ids::AccountId, payout::PayeeAddress};
use std::str::FromStr;

pub(crate) const EXAMPLES: &str = "\
Examples:
  dpgn account payee show
  dpgn account payee show --account ACCOUNT --format json
  dpgn account payee 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
  dpgn account payee none

An address counts from the end of the first epoch on in which the account earns after it was named; until then the \
leaf holds the one before. A new one may be named at any time. Letters of both sizes are a checksum, and are compared. \
Amount, payee and path are what a contract's `claim` takes: docs/payouts.md in the source says how.";

/// An address, or what to do without one.
#[derive(Debug, Args)]
pub(crate) struct Payee {
    /// The address, 0x and 40 hexadecimal digits; `none` to name nobody any more, `show` to change nothing
    #[arg(value_name = "ADDRESS|none|show")]
    order: Order,
    /// With `show`: the account [default: this node's own]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
}

/// What to do with the payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Show,
    Name(PayeeAddress),
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "show" => Ok(Self::Show),
            "none" => Ok(Self::Name(PayeeAddress::NONE)),
            address => {
                address.parse().map(Self::Name).map_err(|e: dpgn_protocol::payout::ParseAddressError| e.to_string())
            }
        }
    }
}

/// Runs the command.
pub(crate) async fn run(command: &Payee, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let address = match (command.order, command.account) {
        (Order::Show, account) => return show(account, globals, output).await,
        (Order::Name(_), Some(_)) => {
            return Err(UserError::input("an account names its own payee alone").hint("leave --account out"));
        }
        (Order::Name(address), None) => address,
    };
    let mut session = Session::open(globals).await?;
    session.ready(output).await?;
    let own = session.account_or_own(None).await?;
    session.node().name_payee(address).await?;
    output.say("the address is on its way");
    let named = (address != PayeeAddress::NONE).then(|| address.to_string());
    let shown = decided::until(async || {
        let payout = session.node().payout(own).await?;
        Ok((payout.payee == named).then_some(payout))
    });
    let shown = shown.await;
    session.close().await;
    match shown? {
        Some(payout) => output.show(&payout),
        None => Err(UserError::network(format!("no block holds the address after {} s", decided::PATIENCE.as_secs()))
            .hint("`dpgn account payee show` shows which one counts; naming it twice does no harm")),
    }
}

async fn show(account: Option<AccountId>, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let mut session = Session::open(globals).await?;
    let account = session.account_or_own(account).await?;
    let payout = session.node().payout(account).await?;
    session.close().await;
    output.show(&payout)
}

impl Row for Payout {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "PAYEE", "EPOCH", "ROOT", "EARNED", "PAYEE_IN_THE_LEAF", "PATH"]
    }

    fn cells(&self) -> Vec<String> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "none yet".to_owned());
        let earned = self.earned.as_ref();
        vec![
            self.account.to_string(),
            or_none(self.payee.clone()),
            or_none(self.epoch.map(|epoch| epoch.to_string())),
            or_none(self.root.clone()),
            or_none(earned.map(|earned| credits(earned.amount))),
            or_none(earned.map(|earned| earned.payee.clone())),
            or_none(earned.map(|earned| earned.path.join(" "))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_word_or_an_address() {
        let address = PayeeAddress::from_bytes([0x11; 20]);
        assert_eq!("show".parse(), Ok(Order::Show));
        assert_eq!("none".parse(), Ok(Order::Name(PayeeAddress::NONE)));
        assert_eq!(address.to_string().parse(), Ok(Order::Name(address)));
        assert!("0x5aafb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse::<Order>().unwrap_err().contains("checksum"));
        assert!("show me".parse::<Order>().is_err());
    }
}
