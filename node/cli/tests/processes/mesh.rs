//! A network of processes: directories, keys, addresses, and children that never outlive their test.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_dpgn");
pub const COORDINATOR: &str = "coordinator";
pub const REQUESTER: &str = "requester";
/// How long anything may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(180);
/// Last lines of every log that are shown when a test fails.
const LINES_SHOWN: usize = 40;
/// Rows a second that provers declare: little, so that due times leave room for a busy machine. Measuring is
/// left out with it.
pub const CONFIG: &str = "[[prover.offers]]\nlevel = 1\nper_kilorow = 1000\nrows_per_second = 400\n\
                      [[prover.offers]]\nlevel = 3\nper_kilorow = 1500\nrows_per_second = 400\n";

pub fn sample(name: &str) -> String {
    format!("{}/../prover/samples/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The program on a data directory; nothing of whoever runs the tests decides anything.
pub fn dpgn(dir: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DPGN_")) {
        command.env_remove(name);
    }
    command.env("DPGN_NETWORK_LISTEN", "/ip4/127.0.0.1/tcp/0").env("DPGN_GATEWAY_LISTEN", "127.0.0.1:0");
    command.arg("--data-dir").arg(dir).stdin(Stdio::null());
    command
}

/// What the program said, if it succeeded.
pub fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} until {what}");
        sleep(Duration::from_millis(50));
    }
}

/// A network: where everybody lives and who they are.
pub struct Mesh {
    dir: tempfile::TempDir,
    port: u16,
    bootstrap: String,
    accounts: BTreeMap<String, String>,
}

impl Mesh {
    /// Keys, a genesis that grants credits to all and has these parameters, and configurations.
    pub fn new(provers: &[&str], params: &[(&str, u64)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |who: &str| dir.path().join(who);
        let mut accounts = BTreeMap::new();
        for who in provers.iter().chain([&COORDINATOR, &REQUESTER]) {
            let account = said(dpgn(&at(who)).args(["key", "new", "--account"])).trim().to_owned();
            accounts.insert((*who).to_owned(), account);
            fs::write(at(who).join("config.toml"), CONFIG).unwrap();
        }
        let mut init = dpgn(&at(COORDINATOR));
        init.arg("init");
        for account in accounts.values().filter(|a| **a != accounts[COORDINATOR]) {
            init.args(["--grant", account]);
        }
        said(&mut init);
        let genesis = at(COORDINATOR).join("genesis.toml");
        change(&genesis, params);
        for who in provers.iter().chain([&REQUESTER]) {
            said(dpgn(&at(who)).arg("init").arg("--genesis").arg(&genesis));
        }
        // The coordinator must be found again where it was: it alone needs a port of its own.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let peer = said(dpgn(&at(COORDINATOR)).args(["key", "show", "--peer"]));
        let bootstrap = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{}", peer.trim());
        Self { dir, port, bootstrap, accounts }
    }

    pub fn dir(&self, who: &str) -> PathBuf {
        self.dir.path().join(who)
    }

    /// Adds to a node's configuration.
    pub fn configure(&self, who: &str, more: &str) {
        let path = self.dir(who).join("config.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}\n{more}")).unwrap();
    }

    /// What a node has logged.
    pub fn log(&self, who: &str) -> String {
        fs::read_to_string(self.dir.path().join(format!("{who}.log"))).unwrap()
    }

    pub fn account(&self, who: &str) -> &str {
        &self.accounts[who]
    }

    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.values().map(String::as_str)
    }

    /// The program as one of them runs it.
    pub fn dpgn(&self, who: &str, arguments: &[&str]) -> Command {
        let mut command = dpgn(&self.dir(who));
        let role = if [COORDINATOR, REQUESTER].contains(&who) { who } else { "prover" };
        command.env("DPGN_ROLES", role).args(arguments);
        if who == COORDINATOR {
            command.env("DPGN_NETWORK_LISTEN", format!("/ip4/127.0.0.1/tcp/{}", self.port));
        } else {
            command.env("DPGN_NETWORK_BOOTSTRAP", &self.bootstrap);
        }
        command
    }

    /// What a command answers as JSON.
    pub fn json(&self, who: &str, arguments: &[&str]) -> Value {
        serde_json::from_str(&said(self.dpgn(who, arguments).args(["--format", "json"]))).unwrap()
    }

    /// Starts something that stays.
    pub fn start(&self, who: &str, arguments: &[&str]) -> Running {
        let log = self.dir.path().join(format!("{who}.log"));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let child = self.dpgn(who, arguments).stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Running { child, log }
    }

    /// Starts a node and waits until it answers.
    pub fn node(&self, who: &str) -> Running {
        let running = self.start(who, &["node", "run"]);
        self.ready(who);
        running
    }

    /// Waits until whatever runs on a directory answers: before that, most commands would start a node there.
    pub fn ready(&self, who: &str) {
        until("the node answers", || self.answer(who, &["node", "status"]));
    }

    /// The coordinator, these provers, and the requester, who sees that they sell.
    pub fn nodes(&self, provers: &[&str]) -> (Running, Vec<Running>, Running) {
        let coordinator = self.node(COORDINATOR);
        let sellers = provers.iter().map(|who| self.node(who)).collect();
        let requester = self.node(REQUESTER);
        self.sees_asks(REQUESTER, provers.len());
        (coordinator, sellers, requester)
    }

    pub fn sees_asks(&self, who: &str, asks: usize) {
        until("all asks stand", || {
            self.answer(who, &["node", "status"]).filter(|status| status["standing_asks"] == asks)
        });
    }

    /// What a node that runs answers; nothing if it does not.
    pub fn answer(&self, who: &str, arguments: &[&str]) -> Option<Value> {
        let output = self.dpgn(who, arguments).args(["--format", "json"]).output().unwrap();
        output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
    }

    /// Waits until a prover is at work on a task, well before its end.
    pub fn proving(&self, task: &str) -> Value {
        until("it is being proved", || {
            let info = self.answer(REQUESTER, &["task", "status", task])?;
            let stages = ["wires", "permutation", "quotient"];
            (info["status"] == "in_progress" && stages.iter().any(|stage| info["proof_stage"] == *stage))
                .then_some(info)
        })
    }

    /// Waits until a task of the requester's node is over.
    pub fn over(&self, task: &str) -> Value {
        until("the task is over", || {
            let info = self.answer(REQUESTER, &["task", "status", task])?;
            (info["why"].is_string() || info["proof_path"].is_string()).then_some(info)
        })
    }
}

/// Sets parameters of a genesis file: its layout is TOML, its keys one a line.
fn change(genesis: &Path, params: &[(&str, u64)]) {
    let text = fs::read_to_string(genesis).unwrap();
    let changed = text.lines().map(|line| {
        let key = line.split(" =").next().unwrap();
        match params.iter().find(|(name, _)| *name == key) {
            Some((name, value)) => format!("{name} = {value}"),
            None => line.to_owned(),
        }
    });
    let changed: Vec<_> = changed.collect();
    fs::write(genesis, changed.join("\n")).unwrap();
}

/// A process that ends with the test, whichever way that ends.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// `kill -9`, and the wait until it is gone with all the workers it had.
    pub fn kill(mut self) {
        let workers = self.workers();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        until("its workers are gone", || workers.iter().all(|pid| !is_alive(pid)).then_some(()));
    }

    /// SIGTERM, as a service manager would.
    pub fn stop(mut self) {
        self.signal(rustix::process::Signal::TERM);
        assert!(self.wait().success(), "a node that is asked to stop stops in order");
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn wait(&mut self) -> ExitStatus {
        until("the process has ended", || self.child.try_wait().unwrap())
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its children, where the system lets one look.
    fn workers(&self) -> Vec<String> {
        let pid = self.child.id();
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    }
}

/// Whether a process is there and not merely waiting to be reaped.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<_> = log.lines().collect();
            let last = lines.len().saturating_sub(LINES_SHOWN);
            eprintln!("--- {}, from line {}\n{}", self.log.display(), last + 1, lines[last..].join("\n"));
        }
    }
}
