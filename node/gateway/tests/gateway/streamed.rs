//! Streams: resumed by the last id, told from the state on, and so many at once.

use crate::{
    client::{Events, get},
    scene::{Scene, stranger},
};
use dpgn_protocol::units::Credits;

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_goes_on_where_it_was() {
    let scene = Scene::start().await;
    let block = async || {
        let _ = scene.node.transfer(stranger(), Credits::new(1_000_000)).await;
    };
    let mut events = Events::open(scene.at, "/api/v1/events", None).await;
    assert_eq!(events.answer_status, 200);
    block().await;
    let first = events.next().await.expect("an event");
    assert_eq!((first.name.as_str(), first.data["event"].as_str()), ("block", Some("block")));
    assert!(first.data["height"].as_u64().is_some_and(|height| height > 0) && first.data["at"].is_string());
    drop(events);
    // Meanwhile two more blocks are decided.
    let height = first.data["height"].as_u64().expect("a height");
    while scene.node.status().await.expect("the node runs").height.get() < height + 2 {
        block().await;
    }
    let mut resumed = Events::open(scene.at, "/api/v1/events", Some(&first.id)).await;
    for expected in [height + 1, height + 2] {
        let next = resumed.next().await.expect("an event");
        assert_eq!(next.data["height"].as_u64(), Some(expected), "none is missing, none comes twice");
    }
    for gone in ["other-1", "", "x"] {
        let mut lost = Events::open(scene.at, "/api/v1/events", Some(gone)).await;
        assert_eq!(lost.next().await.expect("an event").name, "reset", "{gone:?}");
    }
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_has_so_many_streams_and_they_end_with_the_gateway() {
    let scene = Scene::start().await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(Events::open(scene.at, "/api/v1/events", None).await);
    }
    assert!(open.iter().all(|events| events.answer_status == 200));
    let refused = get(scene.at, "/api/v1/events").await;
    refused.assert_problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(get(scene.at, "/version").await.status, 200, "requests still find a place");
    let metrics = String::from_utf8(get(scene.at, "/metrics").await.body).expect("text");
    assert!(metrics.contains("dpgn_event_streams 64"), "{metrics}");
    let mut last = open.pop().expect("a stream");
    scene.stop().await;
    while last.next().await.is_some() {}
}
