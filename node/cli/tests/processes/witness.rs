//! One second after payment nobody holds a piece of the witness: not the prover, which has seen it, not the coordinator,
//! no log, and not the requester's node either, which has wiped its file since its task has ended.

use super::{
    job::Job,
    mesh::{COORDINATOR, Mesh, REQUESTER, Running},
    search::{Pieces, tree},
};
use std::{fs, path::Path, thread::sleep, time::Duration};

/// Private values of the circuit.
const VALUES: u32 = 600;

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
    let job = Job::squarings(VALUES);
    let [r1cs, wtns] = job.write(&mesh);
    let submit = ["task", "submit", &r1cs, &wtns, "--level", "3", "--reward", "100000"];
    let task = mesh.json(REQUESTER, &submit)["task"].as_str().unwrap().to_owned();
    let info = mesh.over(&task);
    assert_eq!(info["status"], "completed", "{info}");
    sleep(Duration::from_secs(1));

    let search = Search::new(&job.values);
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
    let in_log = search.log("control: one value in a log", &format!("{} {}", mesh.log("prover"), job.values[7]));
    let all = VALUES as usize;
    println!("{all} private values were sold at level 3; beside the controls there were hits in {hits:?}");
    assert!(in_memory >= all && in_files >= all && in_log >= 1, "the search does not find what is there");
    assert_eq!(hits, []);
    running.into_iter().for_each(|(_, running)| running.stop());
}
