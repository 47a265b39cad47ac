//! No circle of imports between files: whoever reads a file can read what it needs first.
//!
//! A module's file and the files of its own submodules may know each other; that is one module in several files.
//! What a file re-exports counts as an import of the file that defines it.

use crate::{
    none,
    source::{Source, files, has_word},
};
use std::collections::{BTreeMap, BTreeSet};

/// A path of names, from the crate's root.
type Path = Vec<String>;

#[test]
fn no_circle_of_imports_between_files() {
    let sources = files();
    let crates: BTreeSet<&str> = sources.iter().filter_map(|f| crate_of(&f.path)).collect();
    let (mut arrows, mut broken) = (0, Vec::new());
    for dir in &crates {
        let inside: Vec<_> = sources.iter().filter(|f| crate_of(&f.path) == Some(dir)).collect();
        let graph = graph(&inside);
        arrows += graph.values().map(BTreeSet::len).sum::<usize>();
        for circle in circles(&graph) {
            broken.push(format!("a circle of {} files:", circle.len()));
            let to = |from: &String| graph[from].intersection(&circle).cloned().collect::<Vec<_>>().join(", ");
            broken.extend(circle.iter().map(|from| format!("  {from} imports {}", to(from))));
        }
    }
    println!("{arrows} imports between files of {} crates", crates.len());
    assert!(arrows > 200, "only {arrows} imports were seen: the parser is blind");
    none("files import each other in a circle", broken);
}

#[test]
fn a_planted_circle_is_caught() {
    let file = |path: &str, code: &str| Source {
        path: path.into(),
        text: code.into(),
        all_code: code.into(),
        code: code.into(),
    };
    let caught = |sources: &[Source]| -> Vec<Vec<String>> {
        let graph = graph(&sources.iter().collect::<Vec<_>>());
        circles(&graph).into_iter().map(|c| c.into_iter().collect()).collect()
    };
    let root = file("x/src/lib.rs", "mod a; mod b; mod c; pub use c::Deep; pub use b::*;");
    let b = file("x/src/b.rs", "use super::{c::{Deep as D, self}, d}; pub struct FromB;");
    let c = file("x/src/c/mod.rs", "mod inner; use inner::Inner; pub struct Deep; pub struct Own;");
    let inner = file("x/src/c/inner.rs", "use super::Own; pub struct Inner;");
    let clean = [root, file("x/src/a.rs", "use crate::b::B;"), b, c, inner];
    assert!(caught(&clean).is_empty(), "parent and child may know each other: {:?}", caught(&clean));

    let with = |path: &str, code: &str| {
        let others = clean.iter().filter(|f| f.path != path).map(|f| file(&f.path, &f.code));
        caught(&others.chain([file(path, code)]).collect::<Vec<_>>())
    };
    let two = [vec!["x/src/a.rs".to_owned(), "x/src/b.rs".to_owned()]];
    assert_eq!(with("x/src/b.rs", "use crate::{c, a::A};"), two, "in a group");
    assert_eq!(with("x/src/b.rs", "fn f() -> Vec<super::a::A> {}"), two, "without a use");
    let deep = [vec!["x/src/b.rs".to_owned(), "x/src/c/inner.rs".to_owned()]];
    let through = with("x/src/c/inner.rs", "use crate::FromB; pub struct Inner;");
    assert!(through.is_empty(), "b needs c, c's inner needs b, and b never comes back to inner: {through:?}");
    let b_to_inner = [
        file("x/src/b.rs", "use crate::c::Inner; pub struct FromB;"),
        file("x/src/c/inner.rs", "use crate::FromB; pub struct Inner;"),
    ];
    let others = clean.iter().filter(|f| b_to_inner.iter().all(|b| b.path != f.path));
    let planted: Vec<_> = others.chain(&b_to_inner).map(|f| file(&f.path, &f.code)).collect();
    assert_eq!(caught(&planted), deep, "through re-exports, one by name and one by star");
}

/// The crate's directory, if the file belongs to its library or program.
fn crate_of(path: &str) -> Option<&str> {
    path.split_once("/src/").map(|(dir, _)| dir).filter(|_| !path.contains("/src/bin/"))
}

/// Which files each file imports from; between parent and child nothing is noted.
fn graph(sources: &[&Source]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeMap<Path, &Source> = sources.iter().map(|f| (module_of(&f.path), *f)).collect();
    let scopes: BTreeMap<Path, Scope> = modules.iter().map(|(at, f)| (at.clone(), Scope::of(at, &f.code))).collect();
    let mut graph = BTreeMap::new();
    for (at, scope) in &scopes {
        let to = scope.mentioned.iter().filter_map(|path| resolve(path, &scopes, 0));
        let to = to.filter(|to| to != at && to.split_last().map(|(_, p)| p) != Some(at));
        let to = to.filter(|to| at.split_last().map(|(_, parent)| parent) != Some(to));
        graph.insert(modules[at].path.clone(), to.map(|to| modules[&to].path.clone()).collect());
    }
    graph
}

/// `x/src/a/b.rs` and `x/src/a/b/mod.rs` are `a::b`.
pub fn module_of(path: &str) -> Path {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside).trim_end_matches(".rs");
    let names = inside.split('/').filter(|name| !["mod", "lib", "main"].contains(name));
    names.map(str::to_owned).collect()
}

/// What a file's code names.
struct Scope {
    /// All paths that begin at the root, here or above.
    mentioned: BTreeSet<Path>,
    /// What it brings into scope, under which name.
    names: BTreeMap<String, Path>,
    /// What it brings into scope as a whole.
    stars: Vec<Path>,
    /// What it defines.
    code: String,
}

impl Scope {
    fn of(at: &Path, code: &str) -> Self {
        let mut scope =
            Self { mentioned: BTreeSet::new(), names: BTreeMap::new(), stars: Vec::new(), code: code.to_owned() };
        for (leaf, path) in trees(code, at) {
            scope.mentioned.insert(path.clone());
            match leaf.as_str() {
                "*" => scope.stars.push(path),
                _ => drop(scope.names.insert(leaf, path)),
            }
        }
        // `use inner::Name` beside `mod inner`: a child's name, for whoever takes it from here.
        for (_, statement) in code.split([';', '}']).filter_map(|s| s.rsplit_once("use ")) {
            for (leaf, path) in (Cursor { code: statement, at: 0 }).tree(at.clone()) {
                let is_child = path.get(at.len()).is_some_and(|child| has_word(code, &format!("mod {child}")));
                match leaf.as_str() {
                    "*" if is_child => scope.stars.push(path),
                    _ if is_child => drop(scope.names.entry(leaf).or_insert(path)),
                    _ => {}
                }
            }
        }
        scope
    }

    fn defines(&self, name: &str) -> bool {
        const KINDS: [&str; 9] = ["fn", "struct", "enum", "trait", "type", "const", "static", "macro_rules!", "mod"];
        KINDS.iter().any(|kind| has_word(&self.code, &format!("{kind} {name}")))
    }
}

/// The module whose file defines what the path names.
fn resolve(path: &[String], scopes: &BTreeMap<Path, Scope>, depth: usize) -> Option<Path> {
    let len = (0..=path.len()).rev().find(|len| scopes.contains_key(&path[..*len]))?;
    let (at, rest) = path.split_at(len);
    let Some(name) = rest.first() else { return Some(at.to_vec()) };
    let scope = &scopes[at];
    if depth > 8 || scope.defines(name) {
        return Some(at.to_vec());
    }
    let through = scope.names.get(name).and_then(|to| resolve(to, scopes, depth + 1));
    through.or_else(|| scope.stars.iter().find_map(|star| defined_in(star, name, scopes))).or(Some(at.to_vec()))
}

/// The module behind a star, if it is there that the name is defined.
fn defined_in(star: &[String], name: &str, scopes: &BTreeMap<Path, Scope>) -> Option<Path> {
    scopes.get(star).filter(|scope| scope.defines(name)).map(|_| star.to_vec())
}

/// Every path of the code that begins with `crate`, `super` or `self`, from the root, with the name that it brings.
pub fn trees(code: &str, at: &Path) -> Vec<(String, Path)> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (position, _) in code.match_indices(start) {
            let before = code[..position].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let mut base = at.clone();
            let mut rest = &code[position..];
            if let Some(after) = rest.strip_prefix("crate::") {
                (base, rest) = (Vec::new(), after);
            }
            rest = rest.strip_prefix("self::").unwrap_or(rest);
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            found.extend(Cursor { code: rest, at: 0 }.tree(base));
        }
    }
    found
}

/// Reads one tree of a `use`.
struct Cursor<'a> {
    code: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn space(&mut self) {
        self.at += self.code[self.at..].len() - self.code[self.at..].trim_start().len();
    }

    fn eat(&mut self, mark: &str) -> bool {
        self.space();
        let there = self.code[self.at..].starts_with(mark);
        self.at += if there { mark.len() } else { 0 };
        there
    }

    fn name(&mut self) -> String {
        self.space();
        let rest = &self.code[self.at..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        self.at += name.len();
        name
    }

    /// The leaves below `base`: the name each brings into scope, and its path.
    fn tree(&mut self, mut base: Path) -> Vec<(String, Path)> {
        if self.eat("{") {
            let mut leaves = Vec::new();
            while !self.eat("}") && self.at < self.code.len() {
                let before = self.at;
                leaves.extend(self.tree(base.clone()));
                if !self.eat(",") && self.at == before {
                    break;
                }
            }
            return leaves;
        }
        if self.eat("*") {
            return vec![("*".into(), base)];
        }
        let name = self.name();
        if name.is_empty() {
            return Vec::new();
        }
        if name != "self" {
            base.push(name.clone());
        }
        if self.code[self.at..].starts_with("::") {
            self.at += 2;
            return self.tree(base);
        }
        let leaf = if self.eat("as ") { self.name() } else { base.last().cloned().unwrap_or(name) };
        vec![(leaf, base)]
    }
}

/// The sets of files that all reach each other.
fn circles(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reach = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(at) = next.pop() {
            next.extend(graph.get(&at).into_iter().flatten().filter(|to| seen.insert((*to).clone())).cloned());
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = graph.keys().map(|from| (from, reach(from))).collect();
    let mut found = BTreeSet::new();
    for (from, to) in reached.iter().filter(|(from, to)| to.contains(**from)) {
        let is_back = |other: &&String| reached.get(other).is_some_and(|there| there.contains(*from));
        found.insert(to.iter().filter(is_back).cloned().collect());
    }
    found.into_iter().collect()
}
