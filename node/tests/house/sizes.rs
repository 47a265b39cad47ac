//! How large files, functions and comments are: printed for people, with `--nocapture`.

use crate::{
    CRATES, FUNCTION_LINES_MAX, LINES_MAX, none,
    source::{Source, files},
};

#[test]
fn sizes() {
    let sources = files();
    println!(
        "{:<13}{:>22}{:>22}{:>26}",
        "p50/p90/max", "lines of a file", "lines of a function", "words of a doc comment"
    );
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for (dir, _) in CRATES {
        let mine: Vec<_> =
            sources.iter().filter(|f| f.path.starts_with(&format!("{dir}/src/")) && !f.code.is_empty()).collect();
        let (lines, functions, words) = measure(&mine);
        println!("{dir:<13}{:>22}{:>22}{:>26}", row(&lines), row(&functions), row(&words));
        all.0.extend(lines);
        all.1.extend(functions);
        all.2.extend(words);
    }
    println!("{:<13}{:>22}{:>22}{:>26}", "all", row(&all.0), row(&all.1), row(&all.2));
    let mean = all.2.iter().sum::<usize>() as f64 / all.2.len().max(1) as f64;
    println!(
        "{} files, {} functions, {} doc comments of {mean:.1} words on average",
        all.0.len(),
        all.1.len(),
        all.2.len()
    );
    assert!(all.1.len() > 500, "only {} functions were seen", all.1.len());
    none("a file is too long", all.0.into_iter().filter(|l| *l > LINES_MAX).map(|l| l.to_string()).collect());
    // clippy counts without comments and blank lines; this holds the rule's spirit where clippy isn't run.
    let long = all.1.into_iter().filter(|l| *l > FUNCTION_LINES_MAX * 3 / 2);
    none("a function is too long", long.map(|l| l.to_string()).collect());
}

fn measure(sources: &[&Source]) -> (Vec<usize>, Vec<usize>, Vec<usize>) {
    let lines = sources.iter().map(|f| f.text.lines().count()).collect();
    let functions = sources.iter().flat_map(|f| functions(&f.code)).collect();
    (lines, functions, sources.iter().flat_map(|f| doc_words(&f.text)).collect())
}

/// Lines of every function, from `fn` to the brace that closes it.
fn functions(code: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        let named = code[at + 3..].starts_with(|c: char| c.is_alphabetic() || c == '_');
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') || !named {
            continue;
        }
        let (mut depth, mut open) = (0_usize, false);
        for (end, c) in code[at..].char_indices() {
            match c {
                // A trait's method without a body; `[u8; 4]` in a signature is no end.
                ';' if !open && depth == 0 => break,
                '[' | '(' if !open => depth += 1,
                ']' | ')' if !open => depth = depth.saturating_sub(1),
                '{' => (depth, open) = (depth + 1, true),
                '}' if open => {
                    depth -= 1;
                    if depth == 0 {
                        found.push(code[at..=at + end].lines().count());
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Words of every doc comment of an item.
fn doc_words(text: &str) -> Vec<usize> {
    let (mut found, mut open) = (Vec::new(), None);
    for line in text.lines().chain([""]) {
        match (line.trim_start().strip_prefix("///"), open) {
            (Some(words), so_far) => open = Some(so_far.unwrap_or(0) + words.split_whitespace().count()),
            (None, Some(words)) => {
                found.push(words);
                open = None;
            }
            (None, None) => {}
        }
    }
    found
}

fn row(sizes: &[usize]) -> String {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let at = |percent: usize| {
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    format!("{} / {} / {}", at(50), at(90), sorted.last().copied().unwrap_or(0))
}

#[test]
fn functions_and_comments_are_measured() {
    let code = "trait T { fn a(x: [u8; 4]); }\nfn b() {\n    c(|x| { x });\n}\nfn d(f: fn(u8) -> u8) { f(1) }\n";
    assert_eq!(functions(code), [3, 1]);
    assert_eq!(doc_words("/// One two.\n/// Three.\nfn a() {}\n/// Four.\nfn b() {}"), [3, 1]);
}
