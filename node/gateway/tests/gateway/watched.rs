//! What operators are alerted to and shown is there: no rule and no plot in `testnet/monitoring` watches a metric that
//! the gateway does not tell.

use crate::{client::get, scene::Scene};
use std::{collections::BTreeSet, fs, path::Path};

const FILES: [&str; 3] = ["alerts.yml", "alerts.test.yml", "grafana/dashboards/dpgn.json"];

#[tokio::test(flavor = "multi_thread")]
async fn alerts_and_plots_watch_metrics_that_are_told() {
    let scene = Scene::start().await;
    // A request is counted once it is answered.
    get(scene.at, "/health").await;
    let told = String::from_utf8(get(scene.at, "/metrics").await.body).expect("text");
    // Comments name families, queries the series of them: `_total`, `_bucket`.
    let told: BTreeSet<&str> = told.lines().filter(|line| !line.starts_with('#')).flat_map(names).collect();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testnet/monitoring");
    let texts = FILES.map(|file| fs::read_to_string(dir.join(file)).expect("a file of the repository"));
    let watched: BTreeSet<&str> = texts.iter().flat_map(|text| names(text)).collect();
    println!("{} metrics are watched, {} are told", watched.len(), told.len());
    assert!(watched.len() > 20, "only {watched:?} were seen");
    let missing: Vec<_> = watched.difference(&told).collect();
    assert!(missing.is_empty(), "{missing:?} are watched and not told");
    assert_eq!(
        names("a(dpgn_x_total{dpgn=\"y\"}[5m]) > dpgn_z").into_iter().collect::<Vec<_>>(),
        ["dpgn_x_total", "dpgn_z"]
    );
    scene.stop().await;
}

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("dpgn_")).collect()
}
