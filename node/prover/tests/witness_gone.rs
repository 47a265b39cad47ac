//! One second after a proof no process and no file holds a piece of its witness. This program is the node that
//! proves, its workers, and whoever searches them; a node that keeps a copy shows that the search finds one.

#![cfg_attr(
    target_os = "linux",
    expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and says so")
)]

#[cfg(target_os = "linux")]
mod search;

fn main() {
    if dpgn_prover::worker_main() {
        return;
    }
    #[cfg(target_os = "linux")]
    match std::env::args().nth(1).as_deref() {
        Some("node") => linux::be_a_node(false),
        Some("careless-node") => linux::be_a_node(true),
        Some("--list") => list("nothing_is_left"),
        Some(_) | None => linux::nothing_is_left(),
    }
}

/// Answers cargo-nextest, which asks for a program's tests before it runs them: all, then the ignored ones.
#[cfg(target_os = "linux")]
fn list(test: &str) {
    if !std::env::args().any(|argument| argument == "--ignored") {
        println!("{test}: test");
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::search::{Pieces, tree};
    use dpgn_protocol::units::{Degree, Level};
    use dpgn_prover::{
        ProveRequest, Prover, ProverOptions, RecipeAt, RecipeSource,
        circuit::{CircuitLimits, Inputs, Recipe},
    };
    use std::{
        fs::{self, File},
        io::{Read, Write, stdin},
        os::fd::AsFd,
        path::Path,
        process::{Child, Command, Stdio},
        thread,
        time::Duration,
    };
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    const WITNESS_BYTES: usize = 3_500;
    /// Bytes of a piece: a circuit's field elements hold so many of the witness each.
    const PIECE: usize = 7;

    /// Reads a witness, proves, says so, and waits for its end as a node does that has more to do.
    pub fn be_a_node(careless: bool) {
        // Unbuffered, so that no buffer keeps a copy.
        let mut input = File::from(stdin().as_fd().try_clone_to_owned().unwrap());
        let mut witness = vec![0; WITNESS_BYTES];
        input.read_exact(&mut witness).unwrap();
        let copy = careless.then(|| witness.clone());
        let inputs = Inputs::new(witness);
        let dir = std::env::args().nth(2).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let prover =
                Prover::new(ProverOptions { cache_dir: Some(dir.into()), ..ProverOptions::default() }).unwrap();
            let recipe = Recipe::preimage(WITNESS_BYTES as u32, &CircuitLimits::default()).unwrap();
            let recipe = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
            let (level, degree_max) = (Level::MIN, Degree::MAX);
            let built = prover.build(recipe.clone(), level, degree_max, CancellationToken::new()).await.unwrap();
            prover.public_inputs(recipe.clone(), inputs.clone(), CancellationToken::new()).await.unwrap();
            let request = ProveRequest { recipe, circuit: built.circuit, level, degree_max, inputs, tag: [1; 4] };
            prover.prove(request, mpsc::channel(1).0, CancellationToken::new()).await.unwrap();
            println!("proved");
            tokio::task::spawn_blocking(move || input.read(&mut [0])).await.unwrap().unwrap();
        });
        drop(copy);
    }

    pub fn nothing_is_left() {
        let left = search("node");
        let planted = search("careless-node");
        println!("planted copy: {planted} pieces found; without one: {left}");
        assert!(planted >= WITNESS_BYTES / PIECE, "the search does not find what is there");
        assert_eq!(left, 0);
        println!("nothing_is_left ... ok");
    }

    /// Pieces of the witness in a node, its workers and its files, a second after the proof.
    fn search(role: &str) -> usize {
        let dir = tempfile::tempdir().unwrap();
        let mut witness = vec![0; WITNESS_BYTES];
        File::open("/dev/urandom").unwrap().read_exact(&mut witness).unwrap();
        let mut node = start(role, dir.path(), &witness);
        let mut said = [0; 6];
        node.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        thread::sleep(Duration::from_secs(1));

        let pieces = Pieces::new(&witness, PIECE);
        let (mut found, mut bytes, mut processes) = (0, 0, 0);
        for pid in tree(node.id()) {
            let (pieces_here, bytes_here) = pieces.in_process(pid).unwrap_or_else(|| {
                println!("process {pid} lets nobody look inside");
                (0, 0)
            });
            (found, bytes, processes) = (found + pieces_here, bytes + bytes_here, processes + 1);
        }
        let mut files = 0;
        for file in fs::read_dir(dir.path()).unwrap() {
            found += pieces.count(&fs::read(file.unwrap().path()).unwrap());
            files += 1;
        }
        println!("{role}: {processes} processes with {} MiB and {files} files searched, {found} pieces", bytes >> 20);
        assert!(processes >= 2 && files >= 1 && bytes > 1 << 20, "the node, its builder and a circuit are there");
        drop(node.stdin.take());
        node.wait().unwrap();
        found
    }

    fn start(role: &str, dir: &Path, witness: &[u8]) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut node = command.arg(role).arg(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        node.stdin.as_mut().unwrap().write_all(witness).unwrap();
        node
    }
}
