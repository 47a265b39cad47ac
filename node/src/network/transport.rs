//! How bytes travel: TCP with noise and yamux, or QUIC; names are looked up where the machine can.

use super::{config::NetworkLimits, error::NetworkError, mux};
use libp2p::{
    PeerId, Transport as _,
    core::{muxing::StreamMuxerBox, transport::Boxed, upgrade},
    dns,
    identity::Keypair,
    noise, quic, tcp,
};
use std::time::Duration;

/// Setting up a connection takes at most this.
const HANDSHAKE_MAX: Duration = Duration::from_secs(3);
/// Unacknowledged bytes on one QUIC stream, and on all of one connection.
const QUIC_STREAM_BYTES_MAX: u32 = 4 << 20;
const QUIC_CONNECTION_BYTES_MAX: u32 = 8 << 20;

type Wire = Boxed<(PeerId, StreamMuxerBox)>;

/// Every way to reach a peer.
pub(super) fn transport(key: &Keypair, limits: &NetworkLimits) -> Result<Wire, NetworkError> {
    match dns::tokio::Transport::system(plain(key, limits)?) {
        Ok(named) => Ok(named.boxed()),
        Err(error) => {
            tracing::warn!(%error, "no resolver on this machine: only addresses with numbers can be dialled");
            plain(key, limits)
        }
    }
}

fn plain(key: &Keypair, limits: &NetworkLimits) -> Result<Wire, NetworkError> {
    let noise = noise::Config::new(key)
        .map_err(|error| NetworkError::Refused { what: "the node's key", reason: error.to_string() })?;
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(upgrade::Version::V1Lazy)
        .authenticate(noise)
        .multiplex(mux::Config::new(limits.streams_per_connection_max))
        .timeout(HANDSHAKE_MAX);
    let mut config = quic::Config::new(key);
    config.max_concurrent_stream_limit = limits.streams_per_connection_max as u32;
    config.handshake_timeout = HANDSHAKE_MAX;
    config.max_stream_data = QUIC_STREAM_BYTES_MAX;
    config.max_connection_data = QUIC_CONNECTION_BYTES_MAX;
    let quic = quic::tokio::Transport::new(config);
    let either = quic.or_transport(tcp).map(|either, _| match either {
        futures::future::Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        futures::future::Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
    });
    Ok(either.boxed())
}
