//! `dpgn ask`: what a prover sells, and changing its prices while it runs.

use crate::{
    agents_line,
    amounts::{credits, decimal, utc},
    globals::Globals,
    output::{Output, Row},
    session::Session,
    user_error::UserError,
};
use clap::{Args, Subcommand};
use dpgn_market::AskShown;
use dpgn_node::{
    agents::AgentsStatus,
    config::{OfferSection, ProverSection},
    engine::Prices,
};
use dpgn_protocol::{
    ids::AccountId,
    ops::Offer,
    units::{Credits, Degree, Height, Level},
};
use serde::Serialize;
use std::{str::FromStr, time::Duration};

const SHOW_EXAMPLES: &str = "\
Examples:
  dpgn ask show
  dpgn ask show ACCOUNT --format json
  dpgn ask show --all";

const SET_EXAMPLES: &str = "\
Examples:
  dpgn ask set --from-config                 the prices that the configuration has now
  dpgn ask set --offer 3:1200 --flat 500     level 3 for 1,200 micro-credits per 1,024 padded rows
  dpgn ask set --offer 4:2500:900            at 900 rows a second, as this node declares

The node that runs on this data directory sells at the new prices from the next block; awards that it holds keep \
their price. Each `ask set` replaces flat, collateral, largest circuit and all offers: by what the configuration file \
says now, with the flags over it. So give every flag that differs each time, and write what is to stay into the \
configuration: flags count until the next `ask set` or start. What is not for sale stays as the node was started with: \
capacity, lanes, builders, warm circuits, and the workers' memory, which decides which of these sizes are sold. An offer without a speed keeps the one that the node declares for the level.";

/// See what provers sell, and change prices while the node runs
#[derive(Debug, Subcommand)]
pub(crate) enum AskCommand {
    /// Show standing asks: prices, room, and what is at stake
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The prover [default: this node's account]
        account: Option<AccountId>,
        /// Show all standing asks, at most 500
        #[arg(long, conflicts_with = "account")]
        all: bool,
    },
    /// Sell at other prices from now on: those of the configuration, with these flags over them
    #[command(after_help = SET_EXAMPLES)]
    Set(Set),
}

/// New prices; what is left out is as the configuration has it.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Micro-credits for every proof, whatever its size
    #[arg(long, value_name = "MICRO_CREDITS")]
    flat: Option<u64>,
    /// The most micro-credits at stake in one award
    #[arg(long, value_name = "MICRO_CREDITS")]
    collateral_max: Option<u64>,
    /// The largest circuit, as the base-2 logarithm of its padded rows
    #[arg(long, value_name = "N")]
    degree_max: Option<u8>,
    /// A level, micro-credits for 1,024 padded rows, and the speed if it is another than is declared now; may be
    /// repeated
    #[arg(long, value_name = "LEVEL:PRICE[:ROWS_PER_SECOND]")]
    offer: Vec<OfferFlag>,
    /// Take the configuration's prices alone, as without any flag; SIGHUP does the same
    #[arg(long, conflicts_with_all = ["flat", "collateral_max", "degree_max", "offer"])]
    from_config: bool,
}

/// The longest wait for the block that holds the ask.
const PATIENCE: Duration = Duration::from_secs(30);
/// The time between two looks at the book.
const LOOK: Duration = Duration::from_millis(200);

/// An offer as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OfferFlag(Offer);

impl FromStr for OfferFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse::<u64>().map_err(|e| format!("{part}: {e}"));
        let parts = text.split(':').map(number).collect::<Result<Vec<_>, _>>()?;
        let (level, price, speed) = match parts[..] {
            [level, price] => (level, price, 0),
            [level, price, speed] => (level, price, speed),
            _ => return Err("write LEVEL:PRICE or LEVEL:PRICE:ROWS_PER_SECOND".to_owned()),
        };
        let level = u8::try_from(level).map_err(|e| e.to_string())?;
        Ok(Self(Offer {
            level: Level::new(level).map_err(|e| e.to_string())?,
            per_kilorow: Credits::new(price),
            rows_per_second: u32::try_from(speed).map_err(|e| e.to_string())?,
        }))
    }
}

/// A standing ask; of one's own node with the provers behind it.
#[derive(Serialize)]
struct OwnAsk {
    #[serde(flatten)]
    ask: AskShown,
    /// The provers over HTTP whose lanes are sold; absent for somebody else's ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    agents: Option<AgentsStatus>,
}

impl Row for OwnAsk {
    fn head() -> &'static [&'static str] {
        AskShown::head()
    }

    fn cells(&self) -> Vec<String> {
        self.ask.cells()
    }

    fn lines(&self) -> Vec<(String, String)> {
        let agents = self.agents.map(|agents| ("provers over http".to_owned(), agents_line::told(Some(agents))));
        self.ask.lines().into_iter().chain(agents).collect()
    }
}

/// Runs one of the commands.
pub(crate) async fn run(command: AskCommand, globals: &Globals, output: &Output) -> Result<(), UserError> {
    match command {
        AskCommand::Show { account, all } => {
            let mut session = Session::open(globals).await?;
            let of = if all { None } else { Some(session.account_or_own(account).await?) };
            let asks = session.node().asks(of).await?;
            let status = session.node().status().await?;
            session.close().await;
            let agents = status.agents.filter(|_| of == Some(status.account));
            match (of, asks.as_slice()) {
                (None, asks) => output.show_all(asks),
                (Some(_), [ask]) => output.show(&OwnAsk { ask: ask.clone(), agents }),
                (Some(of), _) => Err(UserError::input(match agents {
                    Some(agents) if agents.live > 0 => {
                        format!("{of} has no ask standing; provers over HTTP: {}", agents_line::told(Some(agents)))
                    }
                    Some(_) | None => format!("{of} has no ask standing"),
                })
                .hint(
                    "a prover's node sends one once it has found the network and has credits; with provers behind its \
                         gateway, while one of them asks for work. `dpgn ask show --all` shows all",
                )),
            }
        }
        AskCommand::Set(set) => sell(&set, globals, output).await,
    }
}

async fn sell(set: &Set, globals: &Globals, output: &Output) -> Result<(), UserError> {
    output.show(&stands_at(prices(set, globals)?, globals, output).await?)
}

/// Has the node that runs sell at these prices, and waits until a block holds its new ask.
pub(crate) async fn sell_at(prices: Prices, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let ask = stands_at(prices, globals, output).await?;
    output.say(&format!("the node sells at these prices from height {} on", ask.height.next()));
    Ok(())
}

async fn stands_at(prices: Prices, globals: &Globals, output: &Output) -> Result<AskShown, UserError> {
    let mut session = Session::attach(&globals.data_dir()?).await.map_err(|error| {
        if error.hint.is_some() {
            error
        } else {
            error.hint("`dpgn node run` starts it, at the configuration's prices")
        }
    })?;
    let own = session.account_or_own(None).await?;
    let before = session.node().asks(Some(own)).await?.pop().map(|ask| ask.height);
    session.node().sell(prices.clone()).await?;
    output.say("the new ask is on its way");
    let stands = tokio::time::timeout(PATIENCE, async {
        loop {
            let ask = session.node().asks(Some(own)).await?.pop();
            if let Some(ask) = ask.filter(|ask| is_at(ask, &prices, before)) {
                return Ok::<_, UserError>(ask);
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    match stands.await {
        Ok(ask) => {
            let ask = ask?;
            if let Some(unsold) = unsold(&ask, &prices) {
                output.warn(&unsold);
            }
            Ok(ask)
        }
        Err(_) => Err(UserError::network(format!("no block holds the new ask after {} s", PATIENCE.as_secs()))
            .hint("the node sends it again, or once a prover behind its gateway asks for work; `dpgn ask show` shows what stands")),
    }
}

/// The configuration's prices, with the flags over them.
fn prices(set: &Set, globals: &Globals) -> Result<Prices, UserError> {
    let section = globals.config(Vec::new())?.prover;
    let Prices { mut offers, .. } = of_section(&section);
    for OfferFlag(flag) in &set.offer {
        match offers.iter_mut().find(|offer| offer.level == flag.level) {
            Some(offer) => {
                let speed = if flag.rows_per_second == 0 { offer.rows_per_second } else { flag.rows_per_second };
                *offer = Offer { rows_per_second: speed, ..*flag };
            }
            None => offers.push(*flag),
        }
    }
    let degree_max = set.degree_max.map(Degree::new).transpose().map_err(UserError::input)?;
    Ok(Prices {
        flat: set.flat.map_or(section.flat, Credits::new),
        collateral_max: set.collateral_max.map_or(section.collateral_max, Credits::new),
        degree_max: degree_max.unwrap_or(section.degree_max),
        offers,
    })
}

/// The prices of a configuration.
pub(crate) fn of_section(section: &ProverSection) -> Prices {
    let offer =
        |o: &OfferSection| Offer { level: o.level, per_kilorow: o.per_kilorow, rows_per_second: o.rows_per_second };
    let offers = section.offers.iter().map(offer).collect();
    let ProverSection { flat, collateral_max, degree_max, .. } = *section;
    Prices { flat, collateral_max, degree_max, offers }
}

/// Whether an ask stands at these prices. One with smaller circuits or fewer levels does if it is newer than the ask that stood
/// before, at this height: workers may hold no more, and provers behind the node's gateway prove some of the levels alone, at a
/// speed of their own.
fn is_at(ask: &AskShown, prices: &Prices, before: Option<Height>) -> bool {
    let same = |a: &Offer| prices.offers.iter().any(|b| (a.level, a.per_kilorow) == (b.level, b.per_kilorow));
    let is_new = before.is_none_or(|before| ask.height > before);
    let is_whole = (ask.degree_max, ask.offers.len()) == (prices.degree_max, prices.offers.len());
    (ask.flat, ask.collateral_max) == (prices.flat, prices.collateral_max)
        && ask.offers.iter().all(same)
        && (is_whole || (is_new && ask.degree_max <= prices.degree_max))
}

/// What is not sold of what was wanted, and what to do about it; `None` if all of it is sold.
fn unsold(ask: &AskShown, prices: &Prices) -> Option<String> {
    let mut unsold = Vec::new();
    if ask.degree_max < prices.degree_max {
        unsold.push(format!("2^{} rows are the most that is sold, and not 2^{}", ask.degree_max, prices.degree_max));
    }
    let is_sold = |level: Level| ask.offers.iter().any(|offer| offer.level == level);
    let levels = prices.offers.iter().map(|offer| offer.level).filter(|level| !is_sold(*level));
    let levels: Vec<String> = levels.map(|level| level.to_string()).collect();
    let mut agents = "";
    if !levels.is_empty() {
        unsold.push(format!("levels that are not sold: {}", levels.join(", ")));
        agents = ", or no prover behind the node's gateway proves them";
    }
    (!unsold.is_empty()).then(|| {
        format!(
            "{}. The workers' memory limit at the node's start (prover.memory_mib_max) holds no more{agents}; `dpgn doctor` \
             says what to raise, and the node must be restarted for it",
            unsold.join("; ")
        )
    })
}

impl Row for AskShown {
    fn head() -> &'static [&'static str] {
        &["PROVER", "HELD", "CAPACITY", "FLAT", "LEVEL:PRICE_OF_1024_ROWS", "EXPIRES_UTC"]
    }

    fn cells(&self) -> Vec<String> {
        let offer = |o: &Offer| format!("{}:{}", o.level, decimal(o.per_kilorow));
        let levels: Vec<_> = self.offers.iter().map(offer).collect();
        let (held, capacity) = (self.held.to_string(), self.capacity.to_string());
        vec![self.prover.to_string(), held, capacity, decimal(self.flat), levels.join(" "), utc(self.expires)]
    }

    fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![
            ("prover".to_owned(), self.prover.to_string()),
            ("guarantor".to_owned(), format!("{}, {} free", self.guarantor, credits(self.guarantor_free))),
            ("awards".to_owned(), format!("{} held of {}, {} proved at once", self.held, self.capacity, self.lanes)),
            ("flat".to_owned(), credits(self.flat)),
            ("largest circuit".to_owned(), format!("2^{} rows", self.degree_max)),
            ("collateral".to_owned(), format!("at most {} an award", credits(self.collateral_max))),
            ("warm circuits".to_owned(), self.warm.len().to_string()),
            ("stands since".to_owned(), format!("{}, renewed at height {}", utc(self.since), self.height)),
            ("expires".to_owned(), utc(self.expires)),
        ];
        lines.extend(self.offers.iter().map(|offer| {
            let terms =
                format!("{} for 1,024 rows, {} rows a second", credits(offer.per_kilorow), offer.rows_per_second);
            (format!("level {}", offer.level), terms)
        }));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::units::Timestamp;

    #[test]
    fn an_offer_is_typed_in_two_or_three_parts() {
        let offer = |text: &str| text.parse::<OfferFlag>().map(|flag| (flag.0.level.get(), flag.0.rows_per_second));
        assert_eq!((offer("3:1200"), offer("4:2500:900")), (Ok((3, 0)), Ok((4, 900))));
        for wrong in ["3", "9:1", "3:a", "1:2:3:4", "", "300:1"] {
            assert!(offer(wrong).is_err(), "{wrong}");
        }
    }

    fn offers(levels: &[u8]) -> Vec<Offer> {
        let offer = |level: &u8| Offer {
            level: Level::new(*level).unwrap(),
            per_kilorow: Credits::new(7),
            rows_per_second: u32::from(*level),
        };
        levels.iter().map(offer).collect()
    }

    fn ask(height: u64, degree: u8, levels: &[u8]) -> AskShown {
        let account = AccountId::from_bytes([1; 32]);
        AskShown {
            prover: account,
            guarantor: account,
            guarantor_free: Credits::MAX,
            offers: offers(levels),
            flat: Credits::new(5),
            degree_max: Degree::new(degree).unwrap(),
            collateral_max: Credits::new(100),
            capacity: 4,
            held: 0,
            lanes: 1,
            builders: Vec::new(),
            warm: Vec::new(),
            since: Timestamp::new(1),
            height: Height::new(height),
            expires: Timestamp::new(2),
        }
    }

    fn wanted() -> Prices {
        Prices {
            flat: Credits::new(5),
            collateral_max: Credits::new(100),
            degree_max: Degree::new(16).unwrap(),
            offers: offers(&[1, 4]),
        }
    }

    #[test]
    fn an_ask_that_sells_less_counts_once_it_is_newer() {
        let before = Some(Height::new(9));
        let is_at = |ask: &AskShown| is_at(ask, &wanted(), before);
        assert!(is_at(&ask(9, 16, &[1, 4])), "all of it stands already");
        for (degree, levels) in [(15, &[1, 4][..]), (16, &[1]), (15, &[4])] {
            assert!(!is_at(&ask(9, degree, levels)), "the ask from before: 2^{degree}, {levels:?}");
            assert!(is_at(&ask(10, degree, levels)), "what the node holds: 2^{degree}, {levels:?}");
        }
        assert!(super::is_at(&ask(1, 15, &[1]), &wanted(), None), "none stood before");
        assert!(!is_at(&ask(10, 17, &[1, 4])) && !is_at(&ask(10, 16, &[1, 3])), "an ask that is not this one");
        assert!(!is_at(&AskShown { flat: Credits::new(6), ..ask(10, 16, &[1, 4]) }), "another price");
    }

    #[test]
    fn what_is_not_sold_is_told_with_what_to_do() {
        let unsold = |degree, levels: &[u8]| unsold(&ask(10, degree, levels), &wanted());
        assert_eq!(unsold(16, &[1, 4]), None);
        let smaller = unsold(15, &[1, 4]).unwrap();
        println!("{smaller}");
        assert!(smaller.contains("2^15 rows are the most") && smaller.contains("must be restarted"), "{smaller}");
        assert!(!smaller.contains("gateway"), "{smaller}");
        let fewer = unsold(16, &[1]).unwrap();
        println!("{fewer}");
        assert!(fewer.contains("not sold: 4. ") && !fewer.contains("2^16") && fewer.contains("gateway"), "{fewer}");
    }
}
