//! One second after payment nobody holds a piece of the witness: not the prover, which has seen it, not the coordinator,
//! no log, and not the requester's node either, which has wiped its file since its task has ended.

use super::{
    mesh::{COORDINATOR, Mesh, REQUESTER, Running},
    search::{Pieces, tree},
};
use std::{fs, path::Path, thread::sleep, time::Duration};

const P: u64 = 0xffff_ffff_0000_0001;
/// Private values of the circuit.
const VALUES: u32 = 600;

/// A file of circom's binary formats.
fn container(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = [magic.as_slice(), &version.to_le_bytes(), &(sections.len() as u32).to_le_bytes()].concat();
    for (kind, content) in sections {
        out.extend([kind.to_le_bytes().as_slice(), &(content.len() as u64).to_le_bytes(), content].concat());
    }
    out
}

/// `x1 = x0² + c0, x2 = x1² + c1, …` from a random `x0`, the last one public: the circuit, its witness, and the private
/// values. The constants keep the values from running into a cycle.
fn squarings() -> (Vec<u8>, Vec<u8>, Vec<u64>) {
    // Wire 0 is one, wire 1 the last value, wires 2 and up the private ones.
    let (wires, wire) = (VALUES + 2, |i: u32| if i == VALUES { 1 } else { i + 2 });
    let random = || uuid::Uuid::new_v4().as_u64_pair().0 % P;
    let mut values: Vec<u64> = vec![random()];
    let mut constraints = Vec::new();
    for i in 0..VALUES {
        let last = u128::from(values[i as usize]);
        let constant = random();
        values.push(((last * last + u128::from(constant)) % u128::from(P)) as u64);
        let sides = [vec![(wire(i), 1)], vec![(wire(i), 1)], vec![(0, P - constant), (wire(i + 1), 1)]];
        for side in sides {
            constraints.extend((side.len() as u32).to_le_bytes());
            side.iter().for_each(|(w, factor): &(u32, u64)| {
                constraints.extend([w.to_le_bytes().as_slice(), &factor.to_le_bytes()].concat());
            });
        }
    }
    let public = values.pop().unwrap();
    let prime = [8u32.to_le_bytes().as_slice(), &P.to_le_bytes()].concat();
    let counts: Vec<u8> = [wires, 1, 0, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
    let header =
        [prime.clone(), counts, u64::from(wires).to_le_bytes().to_vec(), VALUES.to_le_bytes().to_vec()].concat();
    let map = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
    let r1cs = container(b"r1cs", 1, &[(1, header), (2, constraints), (3, map)]);
    let all: Vec<u8> = [1, public].iter().chain(&values).flat_map(|value| value.to_le_bytes()).collect();
    let wtns = container(b"wtns", 2, &[(1, [prime, wires.to_le_bytes().to_vec()].concat()), (2, all)]);
    (r1cs, wtns, values)
}

/// Looks for the private values, as bytes and as text, and says where and in how much.
struct Search {
    pieces: Pieces,
    texts: Vec<String>,
}

impl Search {
    fn new(values: &[u64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let texts = values.iter().flat_map(|value| [value.to_string(), format!("{value:016x}")]).collect();
        Self { pieces: Pieces::new(&bytes, 8), texts }
    }

    fn row(&self, place: &str, bytes: usize, hits: usize) -> usize {
        println!("{place:<34} {:>9} KiB {hits:>5} hits", bytes >> 10);
        hits
    }

    /// The memory of a process and of its workers; none where only root may look.
    fn memory(&self, place: &str, pid: u32) -> Option<usize> {
        let seen: Option<Vec<_>> = tree(pid).into_iter().map(|pid| self.pieces.in_process(pid)).collect();
        let Some(seen) = seen else {
            println!("{place:<34} lets only root look inside");
            return None;
        };
        let place = format!("{place} ({} processes)", seen.len());
        Some(self.row(&place, seen.iter().map(|s| s.1).sum(), seen.iter().map(|s| s.0).sum()))
    }

    /// All files below a directory.
    fn files(&self, place: &str, dir: &Path) -> usize {
        let (bytes, hits) = self.below(dir);
        self.row(place, bytes, hits)
    }

    fn below(&self, path: &Path) -> (usize, usize) {
        if path.is_dir() {
            let inside = fs::read_dir(path).unwrap().map(|entry| self.below(&entry.unwrap().path()));
            return inside.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        }
        // A socket holds nothing.
        let bytes = if path.is_file() { fs::read(path).unwrap_or_default() } else { Vec::new() };
        (bytes.len(), self.pieces.count(&bytes))
    }

    fn log(&self, place: &str, log: &str) -> usize {
        let as_text = self.texts.iter().filter(|text| log.contains(*text)).count();
        self.row(place, log.len(), self.pieces.count(log.as_bytes()) + as_text)
    }
}

#[test]
fn a_second_after_payment_the_witness_is_nowhere() {
    let mesh = Mesh::new(&["prover"], &[]);
    for who in [COORDINATOR, "prover", REQUESTER] {
        mesh.configure(who, "[log]\nfilter = \"debug\"\n");
    }
    let (coordinator, mut provers, requester) = mesh.nodes(&["prover"]);
    let (r1cs, wtns, values) = squarings();
    let at = |name: &str, bytes: &[u8]| {
        fs::write(mesh.dir(name), bytes).unwrap();
        mesh.dir(name).to_str().unwrap().to_owned()
    };
    let (r1cs, wtns) = (at("job.r1cs", &r1cs), at("job.wtns", &wtns));
    let submit = ["task", "submit", &r1cs, &wtns, "--level", "3", "--reward", "100000"];
    let task = mesh.json(REQUESTER, &submit)["task"].as_str().unwrap().to_owned();
    let info = mesh.over(&task);
    assert_eq!(info["status"], "completed", "{info}");
    sleep(Duration::from_secs(1));

    let search = Search::new(&values);
    let running: [(&str, Running); 3] =
        [(COORDINATOR, coordinator), ("prover", provers.remove(0)), (REQUESTER, requester)];
    let mut hits = Vec::new();
    for (who, running) in &running {
        let in_memory = search.memory(&format!("{who}: memory"), running.pid()).unwrap_or(0);
        let in_files = search.files(&format!("{who}: files"), &mesh.dir(who));
        let in_log = search.log(&format!("{who}: log"), &mesh.log(who));
        hits.extend([(*who, "memory", in_memory), (*who, "files", in_files), (*who, "log", in_log)]);
    }
    hits.retain(|(.., found)| *found > 0);
    // The same search, where there is something to find.
    let secrets = mesh.dir("prover").join("secrets");
    fs::write(secrets.join("planted"), fs::read(&wtns).unwrap()).unwrap();
    let (in_memory, bytes) = search.pieces.in_process(std::process::id()).unwrap();
    search.row("control: this test, which holds it", bytes, in_memory);
    let in_files = search.files("control: planted among the files", &secrets);
    let in_log = search.log("control: one value in a log", &format!("{} {}", mesh.log("prover"), values[7]));
    let all = VALUES as usize;
    println!("{all} private values were sold at level 3; beside the controls there were hits in {hits:?}");
    assert!(in_memory >= all && in_files >= all && in_log >= 1, "the search does not find what is there");
    assert_eq!(hits, []);
    running.into_iter().for_each(|(_, running)| running.stop());
}
