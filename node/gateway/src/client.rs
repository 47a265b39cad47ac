//! Clients by address: what limits are counted by. A client with IPv6 has a whole /64 to choose addresses from, so that
//! counts as one.

use axum::{extract::ConnectInfo, http::Extensions};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A client, as limits see it. An application that nests the router without [`ConnectInfo`] has one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let address = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        Self::at(address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }

    /// Whether it is on this machine: a program of its own, or a proxy through which all clients come.
    pub(crate) fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }

    pub(crate) fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(Ipv6Addr::LOCALHOST) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_v6_addresses_is_one_client() {
        let client = |text: &str| Client::at(text.parse().unwrap());
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:1"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.2"), client("192.0.2.1"));
        assert!(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].iter().all(|own| client(own).is_loopback()));
        assert!(!["::", "::2", "192.0.2.1"].iter().any(|other| client(other).is_loopback()));
    }
}
