//! Comments say something: the first line of a doc comment has at least three words. `/// Which.` tells a stranger
//! nothing.

use crate::{CRATES, none, source::files};

/// First lines shorter than this say nothing.
const WORDS_MIN: usize = 3;

#[test]
fn doc_comments_say_something() {
    let is_ours = |path: &str| CRATES.iter().any(|(dir, _)| path.starts_with(&format!("{dir}/src/")));
    let mut broken = Vec::new();
    for file in files().into_iter().filter(|file| is_ours(&file.path)) {
        broken.extend(headless(&file.text).into_iter().map(|line| format!("{}: {line}", file.path)));
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
