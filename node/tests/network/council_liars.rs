//! Liars at the council: a stranger gets no stream, and a member that lies costs its share and no more.

use crate::{
    council::{members, seeds},
    liar::Liar,
    node::{Node, SILENCE, soon, until},
};
use dpgn_node::network::{NetworkConfig, Rate, account_of, peer_of};
use dpgn_protocol::ids::AccountId;
use futures::{AsyncReadExt as _, AsyncWriteExt as _};
use libp2p::{PeerId, Stream, identity::Keypair};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

const GREETING: [u8; 4] = [0; 4];

/// Two honest members, and a liar whose account is smaller than those: streams with it are its to open.
struct Scene {
    victim: Node,
    friend: Node,
    liar: Liar,
    peer: PeerId,
}

impl Scene {
    /// The liar is a member, too.
    async fn start(edit: impl Fn(&mut NetworkConfig)) -> Self {
        let scene = Self::with_stranger(edit).await;
        let liar = scene.account();
        scene.victim.network.council(&BTreeSet::from([scene.friend.account(), liar]));
        scene
    }

    async fn with_stranger(edit: impl Fn(&mut NetworkConfig)) -> Self {
        let mut nodes = members(2, edit).await;
        // The larger account is the victim: its friend has opened their stream.
        let (victim, friend) = (nodes.remove(1), nodes.remove(0));
        let key = loop {
            let key = Keypair::generate_ed25519();
            if account_of(&key.public().to_peer_id()).unwrap() < victim.account() {
                break key;
            }
        };
        let liar = Liar::start_as(key, Some(victim.address().await)).await;
        let account = account_of(&liar.peer).unwrap();
        until("the liar", async || victim.knows(account).await).await;
        let peer = peer_of(&victim.account()).unwrap();
        Self { victim, friend, liar, peer }
    }

    fn account(&self) -> AccountId {
        account_of(&self.liar.peer).unwrap()
    }

    async fn open(&self) -> Stream {
        self.liar.open(self.peer, "council/1").await.unwrap()
    }

    /// A stream on which both sides have said their empty frame.
    async fn greeted(&self) -> Stream {
        let mut stream = self.open().await;
        stream.write_all(&GREETING).await.unwrap();
        stream.flush().await.unwrap();
        let mut greeting = [1; 4];
        soon("a greeting", stream.read_exact(&mut greeting)).await.unwrap();
        assert_eq!(greeting, GREETING);
        stream
    }

    /// The friend's word is heard, among whatever the liar says; and how long it took.
    async fn friend_is_heard(&mut self, word: &str) -> Duration {
        let start = Instant::now();
        assert_eq!(self.friend.network.say(self.victim.account(), word.as_bytes().to_vec()), Ok(true));
        let friend = self.friend.account();
        loop {
            let (from, data) = self.victim.said().await;
            if from == friend {
                assert_eq!(data, word.as_bytes());
                return start.elapsed();
            }
        }
    }
}

/// Whether a stream has ended, once all that came on it is read.
async fn ends(stream: &mut Stream) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(8), stream.read_to_end(&mut rest)).await.is_ok()
}

fn framed(frame: &[u8]) -> Vec<u8> {
    [&(frame.len() as u32).to_be_bytes(), frame].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_streams_are_reset_and_nothing_of_them_is_heard() {
    let mut scene = Scene::with_stranger(|_| {}).await;
    for _ in 0..100 {
        let said = [GREETING.as_slice(), &framed(b"let me in")].concat();
        let back = soon("an end", scene.liar.write_raw(scene.peer, "council/1", &said)).await;
        assert!(back.is_empty(), "not even a greeting: {back:?}");
    }
    until("refusals", async || scene.victim.network.metrics().council_refused == 100).await;
    let took = scene.friend_is_heard("beside a stranger").await;
    let counted = scene.victim.network.metrics();
    println!("a hundred streams of a stranger: {} reset; a member is heard after {took:?}", counted.council_refused);
    assert_eq!((counted.council_received, counted.bans), (1, 0));
    let score = scene.victim.network.peers().await.iter().find(|p| p.account == scene.account()).unwrap().score;
    assert_eq!(score, 0.0, "it can't know who is a member");
}

/// Of a pair, the smaller account opens: a stream of the larger one is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_larger_account_opens_no_stream() {
    let victim = Node::start(seeds()[0], |_| {});
    let key = loop {
        let key = Keypair::generate_ed25519();
        if account_of(&key.public().to_peer_id()).unwrap() > victim.account() {
            break key;
        }
    };
    let liar = Liar::start_as(key, Some(victim.address().await)).await;
    victim.network.council(&BTreeSet::from([account_of(&liar.peer).unwrap()]));
    let back = soon("an end", liar.write_raw(peer_of(&victim.account()).unwrap(), "council/1", &GREETING)).await;
    assert!(back.is_empty(), "{back:?}");
    assert!(victim.network.council_open().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_four_gigabytes_ends_the_stream_and_in_the_end_its_member() {
    let mut scene = Scene::start(|_| {}).await;
    for n in 0..5 {
        let mut stream = scene.greeted().await;
        stream.write_all(&framed(b"true so far")).await.unwrap();
        stream.write_all(&[0xff; 4]).await.unwrap();
        stream.flush().await.unwrap();
        assert!(ends(&mut stream).await, "claim {n}");
        assert_eq!(scene.victim.said().await, (scene.account(), b"true so far".to_vec()));
    }
    let account = scene.account();
    until("a ban", async || scene.victim.network.metrics().bans == 1 && !scene.victim.knows(account).await).await;
    scene.friend_is_heard("after claimed lengths").await;
    assert_eq!(scene.victim.network.council_open(), BTreeSet::from([scene.friend.account()]));
}

/// Half a frame that goes on for ever, no greeting, and a greeting that is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drippers_and_the_silent_lose_their_streams() {
    let mut scene = Scene::start(|config| {
        config.timing.council_alive_ms = 200;
        config.timing.council_frame_ms = 1_000;
    })
    .await;
    let (start, mut dripping) = (Instant::now(), scene.greeted().await);
    dripping.write_all(&framed(&[7; 100])[..50]).await.unwrap();
    let mut drips = 0;
    loop {
        let dripped = dripping.write_all(&[7]).await.and(dripping.flush().await);
        let cut = tokio::time::timeout(Duration::from_millis(100), ended(&mut dripping)).await;
        if dripped.is_err() || cut.is_ok() {
            break;
        }
        drips += 1;
        assert!(drips < 40, "it drips for ever");
    }
    println!("a member that drips half a frame was cut after {:?} and {drips} bytes", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    let start = Instant::now();
    assert!(ends(&mut scene.greeted().await).await, "it says nothing more");
    println!("a member that fell silent was cut after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(ends(&mut scene.open().await).await, "it says nothing at all");
    assert!(scene.victim.network.council_open() == BTreeSet::from([scene.friend.account()]));
    scene.friend_is_heard("after drips").await;
    assert_eq!(scene.victim.network.metrics().bans, 0, "slowness is no lie");
    let mut wrong = scene.open().await;
    wrong.write_all(&framed(b"no greeting")).await.unwrap();
    wrong.flush().await.unwrap();
    assert!(ends(&mut wrong).await);
    assert_eq!(scene.victim.network.metrics().council_received, 1, "the friend's");
}

/// Ends with the stream; what comes on it before is thrown away.
async fn ended(stream: &mut Stream) {
    let mut bytes = [0; 64];
    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

/// A member that floods is read at its budget; the rest stays with it, and others are heard at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_read_at_its_budget_and_delays_nobody() {
    const RATE: Rate = Rate { per_s: 50, burst: 100, bytes_per_s: 1 << 20, bytes_burst: 2 << 20 };
    for bytes in [300, 200 << 10] {
        let mut scene = Scene::start(|config| config.limits.council_rate = RATE).await;
        let mut stream = scene.greeted().await;
        let (start, frame) = (Instant::now(), framed(&vec![7; bytes]));
        let flood = tokio::spawn(async move {
            let mut written = 0_usize;
            loop {
                if tokio::time::timeout(Duration::from_secs(1), stream.write_all(&frame)).await.is_err() {
                    return (written, stream);
                }
                written += 1;
                if written > 20_000 {
                    return (written, stream);
                }
            }
        });
        // Nobody reads yet: what waits here is bounded.
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        let unread = scene.victim.network.metrics().council_received;
        assert!(unread <= 17, "{unread} frames wait in a queue of sixteen");
        let mut worst = Duration::ZERO;
        for n in 0..20 {
            worst = worst.max(scene.friend_is_heard(&format!("word {n}")).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (heard, seconds) = (scene.victim.network.metrics().council_received - 20, start.elapsed().as_secs_f64());
        let allowed = (100.0 + 50.0 * seconds).min((f64::from(2 << 20) + f64::from(1 << 20) * seconds) / bytes as f64);
        println!(
            "a flood of {bytes}-byte frames: {heard} read in {seconds:.1} s, {allowed:.0} allowed, {unread} while \
             nobody read; a member's word took {worst:?} at most"
        );
        assert!(heard as f64 <= allowed + 1.0, "{heard}");
        assert!(worst < Duration::from_secs(1), "{worst:?}");
        assert_eq!(scene.victim.network.metrics().bans, 0, "volume is no lie");
        flood.abort();
    }
}

/// A hundred streams of one member: a few replace each other, the others are reset, and the last one taken works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_streams_one_is_left() {
    let mut scene = Scene::start(|_| {}).await;
    let (start, mut streams) = (Instant::now(), Vec::new());
    for _ in 0..100 {
        let mut stream = scene.open().await;
        stream.write_all(&GREETING).await.ok();
        stream.flush().await.ok();
        streams.push(stream);
    }
    let seconds = start.elapsed().as_secs_f64();
    until("one stream", async || scene.victim.network.council_open().len() == 2).await;
    let counted = scene.victim.network.metrics();
    scene.friend_is_heard("beside a hundred streams").await;
    let mut left = Vec::new();
    for mut stream in streams {
        if tokio::time::timeout(Duration::from_millis(20), ended(&mut stream)).await.is_err() {
            left.push(stream);
        }
    }
    println!(
        "of a hundred streams, opened in {seconds:.2} s, {} were reset at the door, {} is left",
        counted.council_refused,
        left.len()
    );
    assert!(counted.council_refused as f64 >= 100.0 - 9.0 - 2.0 * seconds, "{counted:?}");
    assert_eq!((left.len(), counted.bans), (1, 0));
    left[0].write_all(&framed(b"on the last")).await.unwrap();
    left[0].flush().await.unwrap();
    assert_eq!(scene.victim.said().await, (scene.account(), b"on the last".to_vec()));
}

/// A member that reads nothing: what is said to it is dropped, and whoever says it never waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_never_reads_holds_up_nobody_and_is_cut() {
    let mut scene = Scene::start(|config| {
        config.timing.council_alive_ms = 500;
        config.timing.council_frame_ms = 2_000;
    })
    .await;
    let (mut deaf, account) = (scene.greeted().await, scene.account());
    until("its stream", async || scene.victim.network.council_open().contains(&account)).await;
    let (start, mut slowest) = (Instant::now(), Duration::ZERO);
    for n in 0..20_000_u32 {
        let frame = vec![7; if n % 20 == 0 { 192 << 10 } else { 300 }];
        let said = Instant::now();
        scene.victim.network.say(account, frame).unwrap();
        slowest = slowest.max(said.elapsed());
    }
    let (took, dropped) = (start.elapsed(), scene.victim.network.metrics().council_dropped);
    println!(
        "20,000 frames for a member that reads nothing: said in {took:?}, the slowest {slowest:?}; {dropped} dropped"
    );
    assert!(dropped > 18_000, "{dropped}");
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    // It speaks all the time, so that it is no silence which ends it.
    let alive = tokio::spawn(async move {
        while deaf.write_all(&GREETING).await.and(deaf.flush().await).is_ok() {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    scene.friend_is_heard("beside a deaf member").await;
    until("the cut", async || !scene.victim.network.council_open().contains(&account)).await;
    println!("its stream was cut after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    soon("an end", alive).await.unwrap();
    assert_eq!(scene.victim.network.metrics().bans, 0);
    let heard = tokio::time::timeout(SILENCE, scene.victim.said()).await;
    assert!(heard.is_err(), "{heard:?}");
}
