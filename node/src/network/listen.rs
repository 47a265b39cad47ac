//! Whether addresses to listen on are free. libp2p shares a TCP port with every socket of its user that asks for it
//! (`SO_REUSEPORT`): two nodes would start on one, and the first would lose connections to the second.
//!
//! So each port is bound once without that before anything listens.

use super::error::NetworkError;
use libp2p::{Multiaddr, TransportError, multiaddr::Protocol};
use std::{
    error::Error,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener},
};

/// Refuses the first address that something else listens on. Whatever else is wrong with one, listening itself says.
pub fn check_free(addresses: &[Multiaddr]) -> Result<(), NetworkError> {
    for address in addresses {
        let Some(at) = tcp(address) else { continue };
        if let Err(source) = TcpListener::bind(at)
            && source.kind() == io::ErrorKind::AddrInUse
        {
            return Err(NetworkError::Listen { address: address.clone(), source });
        }
    }
    Ok(())
}

/// The socket address of a TCP address; `None` for a port that the system chooses, and for QUIC, which shares none.
fn tcp(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let (ip, port) = match (parts.next()?, parts.next()?) {
        (Protocol::Ip4(ip), Protocol::Tcp(port)) => (IpAddr::V4(ip), port),
        // All of IPv6 would be tried together with all of IPv4, which another program may have.
        (Protocol::Ip6(ip), Protocol::Tcp(port)) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST.into(), port),
        (Protocol::Ip6(ip), Protocol::Tcp(port)) => (IpAddr::V6(ip), port),
        _ => return None,
    };
    (port != 0).then(|| SocketAddr::new(ip, port))
}

/// The system's own reason: transports wrap it several times, and some of them print nothing.
pub(super) fn reason(error: TransportError<io::Error>) -> io::Error {
    let error = match error {
        TransportError::MultiaddrNotSupported(_) => {
            return io::Error::new(io::ErrorKind::Unsupported, "no transport listens on such an address");
        }
        TransportError::Other(error) => error,
    };
    let mut inner: &(dyn Error + 'static) = &error;
    loop {
        let of_io = inner.downcast_ref::<io::Error>();
        if let Some(code) = of_io.and_then(io::Error::raw_os_error) {
            return io::Error::from_raw_os_error(code);
        }
        // What an `io::Error` was made of is not its source.
        let made_of = of_io.and_then(io::Error::get_ref).map(|made_of| made_of as &(dyn Error + 'static));
        match made_of.or_else(|| inner.source()) {
            Some(next) => inner = next,
            None => return io::Error::other(inner.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Network, NetworkConfig, spawn},
        *,
    };
    use dpgn_protocol::{ids::NetworkId, sign::Keypair};

    fn listens(seed: u8, address: &Multiaddr) -> Result<Network, NetworkError> {
        let mut config = NetworkConfig::new(NetworkId::from_bytes([7; 32]));
        config.listen = vec![address.clone()];
        spawn(&Keypair::from_seed(&[seed; 32]), config).map(|(network, _)| network)
    }

    #[tokio::test]
    async fn a_second_node_is_refused_the_port_of_the_first_with_the_system_s_reason() {
        for any_port in ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"] {
            let first = listens(1, &any_port.parse().unwrap()).unwrap();
            let taken = first.listen_addrs().await.pop().unwrap();
            let refused = listens(2, &taken).err().unwrap();
            let told = refused.to_string();
            println!("{told}");
            assert!(matches!(&refused, NetworkError::Listen { address, .. } if *address == taken), "{told}");
            assert!(told.contains("in use"), "{told}");
            first.shutdown().await;
        }
    }

    #[test]
    fn what_is_bound_is_what_would_be_listened_on() {
        let of = |text: &str| tcp(&text.parse().unwrap()).map(|at| at.to_string());
        assert_eq!(of("/ip4/0.0.0.0/tcp/9700").as_deref(), Some("0.0.0.0:9700"));
        assert_eq!(of("/ip6/::/tcp/9700").as_deref(), Some("[::1]:9700"));
        for none in ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/9700/quic-v1"] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
