//! Comments say something: the first line of a doc comment has a noun and a verb.
//!
//! `/// Which.` tells a stranger nothing. How many such lines a crate still has is written down here, and may
//! only fall.

use crate::{CRATES, none, source::files};

/// First lines shorter than this say nothing.
const WORDS_MIN: usize = 3;

/// How many too short first lines a crate still has.
const ALLOWED: [(&str, usize); 7] = [
    ("protocol", 0),
    ("market", 0),
    ("gpu-kernels", 0),
    ("node/prover", 0),
    ("node", 0),
    ("node/sim", 0),
    ("node/cli", 0),
];

#[test]
fn doc_comments_say_something() {
    let sources = files();
    let mut broken = Vec::new();
    for (dir, _) in CRATES {
        let allowed = ALLOWED.iter().find(|(name, _)| *name == dir).map_or(0, |(_, count)| *count);
        let mine = sources.iter().filter(|f| f.path.starts_with(&format!("{dir}/src/")));
        let headless: Vec<_> =
            mine.flat_map(|f| headless(&f.text).into_iter().map(|l| format!("{}: {l}", f.path))).collect();
        println!("{dir}: {} headless doc comments, {allowed} allowed", headless.len());
        if headless.len() > allowed {
            broken.push(format!("{dir} has {}, at most {allowed} are left to mend:", headless.len()));
            broken.extend(headless);
        }
    }
    none(&format!("a doc comment's first line has at least {WORDS_MIN} words"), broken);
}

#[test]
fn a_planted_headless_comment_is_caught() {
    let text = "/// Which.\npub a: u8,\n/// The award's price, in micro-credits.\n/// Short.\npub b: u8,\n//! Idea.\n";
    assert_eq!(headless(text), ["line 1: Which."]);
    assert_eq!(headless("    /// How much.\n    #[serde(default)]\n    c: u8,"), ["line 1: How much."]);
}

/// First lines of doc comments with too few words.
fn headless(text: &str) -> Vec<String> {
    let doc = |line: &str| line.trim_start().strip_prefix("///").map(|words| words.trim().to_owned());
    let mut before = None;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let now = doc(line);
        if let (None, Some(words)) = (&before, &now)
            && words.split_whitespace().count() < WORDS_MIN
        {
            found.push(format!("line {}: {words}", at + 1));
        }
        before = now;
    }
    found
}
