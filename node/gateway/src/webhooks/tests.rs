//! Webhooks against receivers on loopback: signed, in order, again after failures and restarts, and never to an address that is
//! not public unless that is allowed.

use super::{
    endpoint::{Endpoint, Wanted},
    message::{Event, Message, News},
    office::{Closed, Office, OfficeError},
    post::{Outcome, UrlError},
    resolve::{Lookup, NotPublic, system},
    schedule::Schedule,
    store::{QUEUE_MAX, Store},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use dpgn_protocol::{
    ids::TaskId,
    units::{Millis, Timestamp},
};
use ed25519_dalek::{Signature, VerifyingKey};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A message that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Seen {
    fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether one of its signatures is that of this key.
    fn is_signed_by(&self, public: &str) -> bool {
        let key = STANDARD.decode(public.strip_prefix("whpk_").unwrap()).unwrap();
        let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.body);
        self.headers["webhook-signature"].split(' ').any(|signature| {
            let bytes = STANDARD.decode(signature.strip_prefix("v1a,").unwrap()).unwrap();
            key.verify_strict(signed.as_bytes(), &Signature::from_slice(&bytes).unwrap()).is_ok()
        })
    }
}

/// A receiver that answers with these heads one after another, the last one for ever.
async fn receiver(answers: &'static [&'static str]) -> (SocketAddr, mpsc::Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, (told, seen)) = (listener.local_addr().unwrap(), mpsc::channel(2_000));
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let Some(request) = read(&mut stream).await else { continue };
            let answer = answers.get(number).or(answers.last()).unwrap();
            stream.write_all(format!("HTTP/1.1 {answer}\r\n").as_bytes()).await.unwrap();
            if !answer.contains("endless") {
                stream.write_all(b"Content-Length: 0\r\n\r\n").await.unwrap();
            } else {
                stream.write_all(b"\r\n").await.unwrap();
                while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
            }
            if told.send(request).await.is_err() {
                return;
            }
        }
    });
    (at, seen)
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let headers: BTreeMap<String, String> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            if body.len() >= headers.get("content-length")?.parse().ok()? {
                return Some(Seen { body: body.to_owned(), headers });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An office that runs.
struct Running {
    office: Arc<Office>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    fn start(dir: &Path, lookup: Lookup, private: bool, pauses: &[Millis]) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let closed = Closed::with(&dir.join("webhooks.redb"), (lookup, private), Schedule::of(pauses)).unwrap();
        Self { office: closed.start(stop.clone(), tasks.clone()), stop, tasks }
    }

    /// A sender that may reach loopback and tries again at once.
    fn quick(dir: &Path) -> Self {
        Self::start(dir, system(), true, &[Millis::new(1); 5])
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Makes an endpoint; returns its id and its public key.
    async fn endpoint(&self, url: String) -> (String, String) {
        let endpoint = self.office.create(wanted(url)).await.unwrap();
        (endpoint.id, endpoint.key.public())
    }

    async fn tell(&self, numbers: &[u32]) {
        let news = numbers.iter().map(|number| news(*number)).collect();
        self.office.tell(TaskId::from_bytes([1; 32]), news, false).await.unwrap();
    }
}

fn wanted(url: String) -> Wanted {
    Wanted { url, description: String::new(), events: BTreeSet::new() }
}

fn news(number: u32) -> News {
    let message = Message { id: format!("msg_{number}"), body: format!("{{\"number\":{number}}}") };
    News { event: Event::Awarded, at: "9999-01-01T00:00:00.000Z".to_owned(), message }
}

#[tokio::test]
async fn messages_come_signed_in_order_and_again_until_they_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::quick(dir.path());
    let (at, mut seen) = receiver(&["500 No", "429 Slowly", "200 Yes"]).await;
    let (id, public) = running.endpoint(format!("http://{at}/hook")).await;
    running.tell(&[1, 2]).await;
    let all: Vec<Seen> =
        [seen.recv().await, seen.recv().await, seen.recv().await, seen.recv().await].map(Option::unwrap).into();
    let ids: Vec<&str> = all.iter().map(Seen::id).collect();
    assert_eq!(ids, ["msg_1", "msg_1", "msg_1", "msg_2"], "the first one is taken before the second comes");
    assert!(all.iter().all(|seen| seen.is_signed_by(&public)), "{all:?}");
    assert_eq!((&all[0].body, all[0].headers["content-type"].as_str()), (&all[2].body, "application/json"));
    let mut forged = all[3].clone();
    forged.body.push(' ');
    assert!(!forged.is_signed_by(&public));

    // For a day both keys sign.
    running.office.rotate(&id).await.unwrap();
    let name = id.clone();
    let rotated = running.office.disk(move |store| store.endpoint(&name)).await.unwrap().unwrap().0;
    running.tell(&[1, 2, 3]).await;
    let next = seen.recv().await.unwrap();
    assert_eq!(next.id(), "msg_3", "what was told is not told again");
    assert!(next.is_signed_by(&public) && next.is_signed_by(&rotated.key.public()) && rotated.key.public() != public);
    assert!(matches!(running.office.test(&id).await.unwrap(), Outcome::Delivered(200)));
    assert!(seen.recv().await.unwrap().body.contains("webhook.test"));
    running.office.remove(&id).await.unwrap();
    assert!(matches!(running.office.remove(&id).await, Err(OfficeError::Unknown)));
    running.stop().await;
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let hour = [Millis::from_secs(3_600)];
    let running = Running::start(dir.path(), system(), true, &hour);
    let (at, mut seen) = receiver(&["503 Later", "200 Yes"]).await;
    let (id, public) = running.endpoint(format!("http://{at}/")).await;
    running.tell(&[7]).await;
    let first = seen.recv().await.unwrap();
    running.stop().await;

    let running = Running::start(dir.path(), system(), true, &hour);
    running.tell(&[7, 8]).await;
    // What came of the try may have been written or not: it is tried at once.
    running.office.enable(&id).await.unwrap();
    let (second, third) = (seen.recv().await.unwrap(), seen.recv().await.unwrap());
    assert_eq!((first.id(), second.id(), third.id()), ("msg_7", "msg_7", "msg_8"));
    assert!(second.is_signed_by(&public), "by the same key");
    running.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_takes_nothing_is_sent_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path(), system(), true, &[Millis::new(1)]);
    let ((failing, mut tried), (gone, mut told)) = (receiver(&["500 No"]).await, receiver(&["410 Gone"]).await);
    let (failing, _) = running.endpoint(format!("http://{failing}/")).await;
    let (gone, _) = running.endpoint(format!("http://{gone}/")).await;
    let again = failing.clone();
    running.tell(&[1, 2]).await;
    let tries = [tried.recv().await, tried.recv().await, told.recv().await];
    assert!(tries.iter().all(Option::is_some));
    for id in [failing, gone] {
        loop {
            let name = id.clone();
            let (endpoint, queued) = running.office.disk(move |store| store.endpoint(&name)).await.unwrap().unwrap();
            if let Some(disabled) = endpoint.disabled {
                assert_eq!(queued, 0);
                assert!(disabled.why.contains("failed 2 times") || disabled.why.contains("410"), "{}", disabled.why);
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(tried.try_recv().is_err() && told.try_recv().is_err());
    let load = running.office.load().await.unwrap();
    assert_eq!((load.failing, load.waiting, load.dropped), (2, 0, 4), "two endpoints took none of two messages");

    // What happens meanwhile is missed as well, and told of first once it is sent something again.
    running.tell(&[3]).await;
    assert_eq!(running.office.load().await.unwrap().dropped, 6);
    running.office.enable(&again).await.unwrap();
    let first = tried.recv().await.unwrap();
    assert!(first.body.contains("events.lost") && first.body.contains("{\"count\":3}"), "{}", first.body);
    running.stop().await;
}

#[tokio::test]
async fn an_answer_is_not_followed_nor_read() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path(), system(), true, &[Millis::from_secs(3_600)]);
    let (target, mut reached) = receiver(&["200 Yes"]).await;
    let leads: &'static str = format!("307 There\r\nLocation: http://{target}/").leak();
    let (at, _seen) = receiver(vec![leads].leak()).await;
    let (id, _) = running.endpoint(format!("http://{at}/")).await;
    let outcome = running.office.test(&id).await.unwrap();
    assert!(matches!(outcome, Outcome::Failed { status: Some(307), .. }), "{outcome:?}");
    assert!(reached.try_recv().is_err(), "nobody went there");

    let (at, mut seen) = receiver(&["200 Yes\r\nX: endless"]).await;
    let (id, _) = running.endpoint(format!("http://{at}/")).await;
    assert_eq!(running.office.test(&id).await.unwrap(), Outcome::Delivered(200));
    assert!(seen.recv().await.is_some(), "its endless answer was cut off");
    running.stop().await;
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_notation() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path(), system(), false, &[]);
    let refuses = async |url: &str| match running.office.create(wanted(url.to_owned())).await {
        Err(OfficeError::Url(error)) => error,
        other => panic!("{url}: {other:?}"),
    };
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "172.16.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
        "１２７.０.０.１",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
    ] {
        let error = refuses(&format!("https://{host}/hook")).await;
        assert!(matches!(error, UrlError::NotPublic(_)), "{host}: {error:?}");
    }
    for url in [
        "",
        "hook",
        "https://",
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "https://a:b@8.8.8.8/",
        "https://8.8.8.8/#a",
        "https://256.256.256.256/",
    ] {
        let error = refuses(url).await;
        assert!(!matches!(error, UrlError::NotPublic(_)), "{url}: {error:?}");
    }
    assert_eq!(refuses(&format!("https://8.8.8.8/{}", "x".repeat(3_000))).await, UrlError::TooLong);
    running.stop().await;
}

#[tokio::test]
async fn a_name_that_is_rebound_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (public, loopback) = (IpAddr::from([93, 184, 216, 34]), IpAddr::from(Ipv4Addr::LOCALHOST));
    // A name is public while it is looked at, loopback once something is sent, and then both at once.
    let asked = Arc::new(AtomicUsize::new(0));
    let answers = [vec![public], vec![loopback], vec![public, loopback]];
    let lookup: Lookup = {
        let asked = asked.clone();
        Arc::new(move |_| {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            let found = answers.get(number).or(answers.last()).unwrap();
            let found = found.iter().map(|address| SocketAddr::new(*address, 0)).collect();
            Box::pin(async move { Ok(found) })
        })
    };
    let running = Running::start(dir.path(), lookup, false, &[Millis::from_secs(3_600)]);
    let (id, _) = running.endpoint(format!("https://rebound.example:{port}/")).await;
    for _ in 0..2 {
        match running.office.test(&id).await.unwrap() {
            Outcome::Failed { status: None, why, .. } => assert_eq!(why, NotPublic(loopback).to_string()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3, "looked up anew each time");
    let refused = running.office.create(wanted(format!("https://rebound.example:{port}/"))).await;
    assert!(matches!(refused, Err(OfficeError::Url(UrlError::NotPublic(_)))), "{refused:?}");
    let reached = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
    assert!(reached.is_err(), "nobody has connected");
    running.stop().await;
}

#[test]
fn what_a_full_queue_drops_is_told_once_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("webhooks.redb")).unwrap();
    let endpoint = Endpoint::new(wanted("https://8.8.8.8/".to_owned()), Timestamp::new(0)).unwrap();
    let id = endpoint.id.as_str();
    assert!(store.add(&endpoint).unwrap());
    let many = u32::try_from(QUEUE_MAX).unwrap();
    let all: Vec<News> = (0..many + 5).map(news).collect();
    let task = TaskId::from_bytes([1; 32]);
    assert_eq!(store.tell(task, &all, None, |_| String::new()).unwrap(), [id]);
    assert!(store.tell(task, &all, None, |_| String::new()).unwrap().is_empty(), "what was told is not told again");
    let (known, queued) = store.endpoint(id).unwrap().unwrap();
    assert_eq!((queued, known.lost), (QUEUE_MAX, 5));
    for number in 0..2 {
        let (place, message) = store.first(id).unwrap().unwrap();
        assert_eq!(message.id, format!("msg_{number}"));
        store.delivered(id, place).unwrap();
    }
    let (known, queued) = store.endpoint(id).unwrap().unwrap();
    assert_eq!((queued, known.lost), (QUEUE_MAX - 1, 0), "two went, and one came that tells of the loss");
    let last = store.last(id).unwrap().unwrap();
    assert!(last.body.contains("events.lost") && last.body.contains("{\"count\":5}"), "{}", last.body);
}

#[tokio::test]
async fn there_are_so_many_webhooks_and_their_file_is_their_owners() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let running = Running::quick(dir.path());
    for number in 0..16 {
        running.endpoint(format!("http://127.0.0.1:9/{number}")).await;
    }
    let refused = running.office.create(wanted("http://127.0.0.1:9/".to_owned())).await;
    assert!(matches!(refused, Err(OfficeError::Full)), "{refused:?}");
    let mode = std::fs::metadata(dir.path().join("webhooks.redb")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    running.stop().await;
    std::fs::write(dir.path().join("webhooks.redb"), b"damaged").unwrap();
    assert!(Store::open(&dir.path().join("webhooks.redb")).is_err());
}
