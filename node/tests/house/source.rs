//! The repository's own files, read as text, and just enough of Rust's grammar to look into them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

/// A Rust file of ours.
pub struct Source {
    /// From the repository's root, with slashes.
    pub path: String,
    /// As it is.
    pub text: String,
    /// Without comments and texts.
    pub all_code: String,
    /// Likewise, and without its unit tests.
    pub code: String,
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All Rust files of ours, those under `src/` without their unit tests; test files have empty `code`.
pub fn files() -> Vec<Source> {
    let sources: Vec<_> = tracked()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, text)| {
            let all_code = code_of(&text);
            let is_test = path.split('/').any(|part| part == "tests" || part == "tests.rs" || part == "benches");
            let code = if is_test { String::new() } else { before_tests(&all_code).to_owned() };
            Source { path, text, all_code, code }
        })
        .collect();
    assert!(sources.len() > 30, "only {} files were found", sources.len());
    sources
}

/// All text files that belong to the repository, by path.
pub fn tracked() -> Vec<(String, String)> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let listed = git.output().ok().filter(|out| out.status.success());
    let paths: BTreeSet<String> = match listed {
        Some(out) => String::from_utf8_lossy(&out.stdout).split('\0').map(str::to_owned).collect(),
        // Not a clone: an unpacked archive holds nothing but ours, beside what was built.
        None => walk(&root(), "").into_iter().collect(),
    };
    let read = |path: String| Some((path.clone(), std::fs::read_to_string(root().join(&path)).ok()?));
    paths.into_iter().filter(|path| !path.is_empty() && path != "Cargo.lock").filter_map(read).collect()
}

fn walk(dir: &Path, prefix: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        match entry.file_type().unwrap() {
            kind if kind.is_dir() && name != "target" && name != ".git" => {
                paths.extend(walk(&entry.path(), &format!("{path}/")));
            }
            kind if kind.is_file() => paths.push(path),
            _ => {}
        }
    }
    paths
}

/// A file's text without comments, and with every text literal emptied.
pub fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(len) = raw_literal(rest) {
            // A letter before it is the end of a name, not a prefix.
            if code.ends_with(|c: char| c.is_alphanumeric() || c == '_') { 0 } else { len }
        } else if c == '"' {
            literal(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            0
        };
        let taken = if skipped > 0 { skipped } else { c.len_utf8() };
        code.push_str(if skipped == 0 { &rest[..taken] } else { " " });
        rest = &rest[taken..];
    }
    code
}

/// Bytes of the literal a text begins with.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Bytes of the raw literal a text begins with, if it does.
fn raw_literal(text: &str) -> Option<usize> {
    let marks = text.strip_prefix('r')?.chars().take_while(|c| *c == '#').count();
    text.get(1 + marks..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    let body = 2 + marks;
    Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()))
}

fn before_tests(code: &str) -> &str {
    // `#[cfg(test)] mod tests;` among the imports hides nothing; an inline module stands last.
    let inline = code.match_indices("#[cfg(test)]").find(|(at, mark)| {
        let after = code[at + mark.len()..].trim_start();
        after.starts_with("mod") && after.find('{') < after.find(';')
    });
    inline.map_or(code, |(at, _)| &code[..at])
}

/// Whether a word stands in the code by itself, not as a part of a longer one.
pub fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (code[..at].chars().next_back(), code[at + word.len()..].chars().next());
        !before.is_some_and(part) && (word.ends_with(':') || !after.is_some_and(part))
    })
}

/// The crates (or modules beside it) that the code's `use` items begin with.
pub fn crates_imported(code: &str) -> Vec<String> {
    let uses = code.split(['\n', ';']).filter_map(|line| {
        let line = line.trim_start();
        let line = line
            .strip_prefix("pub ")
            .or_else(|| line.split_once(") ").filter(|(v, _)| v.starts_with("pub(")).map(|(_, l)| l))
            .unwrap_or(line);
        line.strip_prefix("use ")
    });
    uses.filter_map(|item| name(item.trim_start_matches(':'))).collect::<BTreeSet<_>>().into_iter().collect()
}

fn name(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}
