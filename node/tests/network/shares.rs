//! Shares: what many strangers hold of the room for requests and answers leaves room for others.

use crate::{
    liar::Liar,
    node::{Node, soon, until},
};
use dpgn_node::network::{Event, Network, NetworkConfig, RequestError, account_of, peer_of};
use futures::AsyncWriteExt as _;
use libp2p::{Multiaddr, PeerId, Stream};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const MIB: usize = 1 << 20;

/// An honest node that answers every request: a long question shortly, a short one at length.
struct Owner {
    network: Network,
    peer: PeerId,
    address: Multiaddr,
}

impl Owner {
    async fn start(edit: impl FnOnce(&mut NetworkConfig)) -> Self {
        let mut node = Node::start(1, edit);
        let (network, address) = (node.network.clone(), node.address().await);
        let peer = peer_of(&node.account()).unwrap();
        tokio::spawn(async move {
            while let Some(event) = node.events.recv().await {
                if let Event::Request { data, token, .. } = event {
                    let len = if data.len() < MIB { 4 * MIB } else { 2 };
                    node.network.respond(token, vec![1; len]).unwrap();
                }
            }
        });
        Self { network, peer, address }
    }

    /// So many liars, connected.
    async fn liars(&self, count: usize) -> Vec<Liar> {
        let mut liars = Vec::new();
        for _ in 0..count {
            let liar = Liar::start(Some(self.address.clone())).await;
            let account = account_of(&liar.peer).unwrap();
            until("a liar", async || self.network.peers().await.iter().any(|peer| peer.account == account)).await;
            liars.push(liar);
        }
        liars
    }

    /// An honest node, connected.
    async fn friend(&self, seed: u8) -> Node {
        let friend = Node::start(seed, |_| {});
        friend.network.dial(self.address.clone()).await.unwrap();
        friend
    }

    async fn answers(&self, friend: &Node, question: usize) -> Option<usize> {
        let asked = friend.network.request(self.network.local_peer(), vec![0; question]);
        soon("an end of the request", asked).await.ok().map(|answer| answer.len())
    }
}

/// Questions that never end took what all share for twenty seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dripping_questions_of_two_strangers_stop_no_question_of_others() {
    let owner = Owner::start(|config| {
        config.limits.request_bytes_open_max = 16 * MIB;
        config.limits.requests_in_per_peer_max = 2;
    })
    .await;
    let (member, stranger) = (owner.friend(2).await, owner.friend(3).await);
    owner.network.favour([member.account()]);
    let mut held = Vec::new();
    for liar in owner.liars(2).await {
        for _ in 0..8 {
            held.push(drip(&liar, owner.peer).await);
        }
    }
    let start = Instant::now();
    let answers = [owner.answers(&member, MIB).await, owner.answers(&stranger, MIB).await];
    let counted = owner.network.metrics();
    println!(
        "sixteen questions of two strangers that never end: a coordinator and a stranger were answered in {:?}; {} \
         questions found their sender's share taken",
        start.elapsed(),
        counted.overloaded
    );
    assert_eq!((answers, counted.bans), ([Some(2); 2], 0));
    assert!(counted.overloaded >= 8 && start.elapsed() < Duration::from_secs(3));
    drop(held);
}

/// Announces a long question and sends all but its last byte.
async fn drip(liar: &Liar, to: PeerId) -> Stream {
    let mut stream = liar.open(to, "request").await.unwrap();
    let mut question = (MIB as u32).to_be_bytes().to_vec();
    question.resize(MIB + 3, 0);
    // Where its share is taken, the owner reads no further.
    tokio::time::timeout(Duration::from_millis(100), stream.write_all(&question)).await.ok();
    stream
}

/// Answers that nobody reads took all room for answers for twenty seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_strangers_do_not_read_leave_room_for_a_coordinator() {
    let owner = Owner::start(|config| config.limits.response_bytes_open_max = 32 * MIB).await;
    let member = owner.friend(2).await;
    owner.network.favour([member.account()]);
    let mut held = Vec::new();
    for liar in owner.liars(6).await {
        for _ in 0..2 {
            held.push(liar.ask_and_hold(owner.peer, "request", b"at length").await.unwrap());
        }
    }
    until("the questions", async || owner.network.metrics().requests_received >= 12).await;
    let start = Instant::now();
    let answer = owner.answers(&member, 10).await;
    let refused = owner.network.metrics().requests_refused;
    println!(
        "twelve answers of 4 MiB that six strangers do not read: {refused} were refused, a coordinator has its own \
         after {:?}",
        start.elapsed()
    );
    assert_eq!(answer, Some(4 * MIB));
    assert_eq!(refused, 8, "each stranger has its share, all of them half");
    // Who takes nothing is cut, and the room is there again.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let stranger = owner.friend(3).await;
    assert_eq!(owner.answers(&stranger, 10).await, Some(4 * MIB));
    drop(held);
}

/// Strangers that are asked, and send all of a long answer but its end: 256 own questions could bring a GiB so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_never_end_leave_room_for_a_coordinators() {
    let asker = Owner::start(|config| config.limits.answer_bytes_open_max = 16 * MIB).await;
    let mut liars = asker.liars(5).await;
    let serve = |liar: &Liar, unsent: usize| {
        liar.serve("request", move |mut stream| async move {
            stream.write_all(&[0]).await?;
            stream.write_all(&(4 * MIB as u32).to_be_bytes()).await?;
            stream.write_all(&vec![0; 4 * MIB - unsent]).await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok(())
        });
        account_of(&liar.peer).unwrap()
    };
    let member = serve(&liars.pop().unwrap(), 0);
    asker.network.favour([member]);
    let mut asked = JoinSet::new();
    // Two at a time: of four at once, three may find the room taken before any gives back what it held.
    for pair in liars.chunks(2) {
        for liar in pair {
            let (network, account) = (asker.network.clone(), serve(liar, 1));
            asked.spawn(async move { network.request(account, b"a question".to_vec()).await });
        }
        // By then all has come that will.
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    let answer = soon("an answer", asker.network.request(member, b"a question".to_vec())).await;
    let ends = asked.join_all().await;
    let refused = ends.iter().filter(|end| **end == Err(RequestError::Busy)).count();
    let got = answer.map(|answer| answer.len());
    println!("four strangers' answers of 4 MiB never end: {refused} are cut at once; a coordinator's: {got:?} bytes");
    assert_eq!((refused, got), (2, Ok(4 * MIB)), "{ends:?}");
    assert_eq!(asker.network.metrics().bans, 0);
}
