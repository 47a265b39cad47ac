//! A liar: a bare swarm that speaks our protocols' names and otherwise does as it likes.

use crate::node::soon;
use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol, SwarmBuilder,
    gossipsub::{self, IdentTopic, MessageAuthenticity, ValidationMode},
    identify,
    identity::Keypair,
    noise,
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, yamux,
};
use std::time::Duration;
use tokio::sync::mpsc;
use x25519_dalek::{PublicKey, StaticSecret};

/// The names of the tests' network, spelled out.
const ROOT: &str = "/dpgn/1/abababababababab";

#[derive(NetworkBehaviour)]
struct Behaviour {
    gossip: gossipsub::Behaviour,
    identify: identify::Behaviour,
    streams: libp2p_stream::Behaviour,
}

pub struct Liar {
    pub peer: PeerId,
    pub address: Multiaddr,
    control: libp2p_stream::Control,
    says: mpsc::Sender<(&'static str, Vec<u8>)>,
}

impl Liar {
    /// Starts it, connected to a victim if there is one.
    pub async fn start(victim: Option<Multiaddr>) -> Self {
        Self::start_as(Keypair::generate_ed25519(), victim).await
    }

    /// The same, with an account that a node counts among the members.
    pub async fn start_as(key: Keypair, victim: Option<Multiaddr>) -> Self {
        let mut swarm = SwarmBuilder::with_existing_identity(key)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|key| {
                let config = gossipsub::ConfigBuilder::default()
                    .protocol_id_prefix(format!("{ROOT}/gossip"))
                    .validation_mode(ValidationMode::None)
                    .message_id_fn(|message| blake3::hash(&message.data).as_bytes().to_vec().into())
                    .max_transmit_size(8 << 20)
                    .heartbeat_interval(Duration::from_millis(200))
                    .build()
                    .unwrap();
                let mut gossip = gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, config).unwrap();
                for topic in ["ops", "votes"] {
                    gossip.subscribe(&IdentTopic::new(format!("{ROOT}/{topic}"))).unwrap();
                }
                let identify = identify::Behaviour::new(identify::Config::new(ROOT.to_owned(), key.public()));
                Behaviour { gossip, identify, streams: libp2p_stream::Behaviour::new() }
            })
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
            .build();
        swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
        if let Some(victim) = victim {
            swarm.dial(victim).unwrap();
        }
        let peer = *swarm.local_peer_id();
        let control = swarm.behaviour().streams.new_control();
        let (says, mut said) = mpsc::channel::<(&'static str, Vec<u8>)>(10_000);
        let (listens, mut listening) = mpsc::channel(4);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    event = swarm.select_next_some() => if let SwarmEvent::NewListenAddr { address, .. } = event {
                        listens.try_send(address).ok();
                    },
                    Some((topic, data)) = said.recv() => {
                        let topic = IdentTopic::new(format!("{ROOT}/{topic}"));
                        swarm.behaviour_mut().gossip.publish(topic, data).ok();
                    }
                }
            }
        });
        let address = soon("the liar's address", listening.recv()).await.unwrap();
        Self { peer, address, control, says }
    }

    pub fn say(&self, topic: &'static str, data: Vec<u8>) {
        self.says.try_send((topic, data)).ok();
    }

    /// Opens a stream of one of our protocols and writes what it likes. Says what came back, if anything.
    pub async fn write_raw(&self, to: PeerId, protocol: &str, bytes: &[u8]) -> Vec<u8> {
        let protocol = StreamProtocol::try_from_owned(format!("{ROOT}/{protocol}")).unwrap();
        let Ok(mut stream) = self.control.clone().open_stream(to, protocol).await else { return Vec::new() };
        stream.write_all(bytes).await.ok();
        stream.flush().await.ok();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).await.ok();
        back
    }

    /// Opens a stream of one of our protocols, and says nothing yet.
    pub async fn open(&self, to: PeerId, protocol: &str) -> std::io::Result<Stream> {
        let protocol = StreamProtocol::try_from_owned(format!("{ROOT}/{protocol}")).unwrap();
        self.control.clone().open_stream(to, protocol).await.map_err(std::io::Error::other)
    }

    /// Asks something, and leaves the answer unread for as long as the stream is held.
    pub async fn ask_and_hold(&self, to: PeerId, protocol: &str, question: &[u8]) -> std::io::Result<Stream> {
        let mut stream = self.open(to, protocol).await?;
        stream.write_all(&(question.len() as u32).to_be_bytes()).await?;
        stream.write_all(question).await?;
        stream.flush().await?;
        Ok(stream)
    }

    /// Serves every blob request in its own way: it gets the stream after the question has been read.
    pub fn serve_blobs<F, W>(&self, serve: F)
    where
        F: Fn(Stream) -> W + Send + 'static,
        W: Future<Output = std::io::Result<()>> + Send,
    {
        self.serve("blob", serve);
    }

    /// The same, for questions of any protocol.
    pub fn serve<F, W>(&self, protocol: &str, serve: F)
    where
        F: Fn(Stream) -> W + Send + 'static,
        W: Future<Output = std::io::Result<()>> + Send,
    {
        let protocol = StreamProtocol::try_from_owned(format!("{ROOT}/{protocol}")).unwrap();
        let mut incoming = self.control.clone().accept(protocol).unwrap();
        tokio::spawn(async move {
            while let Some((_, mut stream)) = incoming.next().await {
                let mut len = [0; 4];
                stream.read_exact(&mut len).await.unwrap();
                let mut question = vec![0; u32::from_be_bytes(len) as usize];
                stream.read_exact(&mut question).await.unwrap();
                serve(stream).await.ok();
            }
        });
    }
}

/// A blob that is announced, sealed for who asked.
pub struct Announced(blake3::OutputReader);

/// Announces a blob, and hears that it is wanted.
pub async fn announce(stream: &mut Stream, len: u64, hash: &[u8; 32]) -> std::io::Result<Announced> {
    let secret = StaticSecret::from([7; 32]);
    let owner = PublicKey::from(&secret).to_bytes();
    stream.write_all(&[0]).await?;
    stream.write_all(&len.to_be_bytes()).await?;
    stream.write_all(hash).await?;
    stream.write_all(&owner).await?;
    stream.flush().await?;
    let (mut offset, mut asker) = ([0; 8], [0; 32]);
    stream.read_exact(&mut offset).await?;
    stream.read_exact(&mut asker).await?;
    let shared = secret.diffie_hellman(&PublicKey::from(asker));
    let mut hasher = blake3::Hasher::new_derive_key("dpgn v1 blob stream");
    Ok(Announced(hasher.update(shared.as_bytes()).update(&asker).update(&owner).finalize_xof()))
}

impl Announced {
    /// Sends the next bytes, sealed as the protocol says.
    pub async fn send(&mut self, stream: &mut Stream, bytes: &[u8]) -> std::io::Result<()> {
        let mut sealed = vec![0; bytes.len()];
        self.0.fill(&mut sealed);
        sealed.iter_mut().zip(bytes).for_each(|(cover, byte)| *cover ^= byte);
        stream.write_all(&sealed).await
    }
}
