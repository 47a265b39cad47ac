//! Addresses of a configuration: what is none is refused with what one looks like.

use libp2p::Multiaddr;
use serde::{Deserialize, Deserializer, de::Error};

/// Reads a list of addresses.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Multiaddr>, D::Error> {
    let addresses = Vec::<Address>::deserialize(deserializer)?;
    Ok(addresses.into_iter().map(|address| address.0).collect())
}

struct Address(Multiaddr);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            D::Error::custom(format!(
                "{text:?} is no address; such are /ip4/0.0.0.0/tcp/9700 and /ip4/0.0.0.0/udp/9700/quic-v1"
            ))
        })
    }
}
