//! The coordinators, each a process of its own: this program, run again.

use dpgn_node::{
    Node,
    genesis_file::new_network,
    local::{address_of, loopback},
};
use dpgn_protocol::{
    codec,
    genesis::{Genesis, Params},
    ids::AccountId,
    sign::Keypair,
};
use libp2p::Multiaddr;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Accounts that pay.
pub const PAYERS: u32 = 256;

/// The committee's processes.
pub struct Processes {
    pub genesis: Genesis,
    pub addresses: Vec<Multiaddr>,
    children: Vec<Child>,
}

/// The key of a coordinator, or of a payer.
pub fn key(of: &str, n: u32) -> Keypair {
    Keypair::from_seed(&dpgn_protocol::ids::hash("dpgn bench council v1", &[of.as_bytes(), &n.to_le_bytes()]))
}

impl Processes {
    /// Starts so many coordinators; each knows those before it.
    pub fn start(dir: &Path, members: usize) -> Self {
        let accounts = |of, count| (0..count).map(|n| key(of, n).account()).collect::<Vec<AccountId>>();
        let coordinators = accounts("coordinator", u32::try_from(members).expect("few"));
        let params = Params { epoch_blocks: 1 << 20, ..Params::default() };
        let genesis = new_network("bench", &coordinators, &accounts("payer", PAYERS), params).expect("sound");
        let (mut addresses, mut children): (Vec<Multiaddr>, _) = (Vec::new(), Vec::new());
        for n in 0..members {
            let home = dir.join(n.to_string());
            std::fs::create_dir(&home).expect("writable");
            std::fs::write(home.join("genesis"), codec::encode(&genesis).expect("encodes")).expect("writable");
            let known: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            std::fs::write(home.join("known"), known.join("\n")).expect("writable");
            std::fs::write(home.join("number"), n.to_string()).expect("writable");
            let mut child = Command::new(std::env::current_exe().expect("known"))
                .arg("--node")
                .arg(&home)
                .stdout(Stdio::piped())
                .spawn()
                .expect("starts");
            let mut line = String::new();
            BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says its address");
            addresses.push(line.trim().parse().expect("an address"));
            children.push(child);
        }
        Self { genesis, addresses, children }
    }
}

/// All of them end, also if the bench fails.
impl Drop for Processes {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs one coordinator until it is killed.
pub fn run_node(home: &Path) {
    let read = |name: &str| std::fs::read(home.join(name)).expect("written");
    let text = |name: &str| String::from_utf8(read(name)).expect("text");
    let genesis: Genesis = codec::decode(&read("genesis"), usize::MAX).expect("a genesis");
    let keys = key("coordinator", text("number").parse().expect("a number"));
    let mut node = loopback(Node::builder(keys, genesis).data_dir(home.join("data")).coordinate(true));
    for address in text("known").lines() {
        node = node.bootstrap(address.parse().expect("an address"));
    }
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let node = node.spawn().await.expect("it starts");
        println!("{}", address_of(&node).await.expect("it listens"));
        node.stopped().await;
    });
}
