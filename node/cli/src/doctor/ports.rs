//! The ports that a node is to listen on: free, taken by the node that runs here, or taken by another program.

use super::Check;
use dpgn_node::{config::GatewaySection, view::NodeStatus};
use std::{
    fmt::Display,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
};

/// The name of each of these checks.
const NAME: &str = "port";

/// A transport address of a configuration, without the name of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listen {
    Tcp(SocketAddr),
    Quic(SocketAddr),
}

impl Listen {
    /// Reads an address such as `/ip4/127.0.0.1/udp/9700/quic-v1`; `None` for one with a name in place of a number.
    pub(super) fn read(address: &impl Display) -> Option<Self> {
        let text = address.to_string();
        let mut parts = text.split('/').skip(1);
        let (kind, ip) = (parts.next()?, parts.next()?.parse::<IpAddr>().ok()?);
        let (transport, port) = (parts.next()?, parts.next()?.parse().ok()?);
        match (kind, transport) {
            ("ip4" | "ip6", "tcp") => Some(Self::Tcp(SocketAddr::new(ip, port))),
            ("ip4" | "ip6", "udp") => Some(Self::Quic(SocketAddr::new(ip, port))),
            _ => None,
        }
    }

    pub(super) fn at(self) -> SocketAddr {
        match self {
            Self::Tcp(at) | Self::Quic(at) => at,
        }
    }

    /// Takes the address for a moment.
    fn try_out(self) -> io::Result<()> {
        match self {
            Self::Tcp(at) => TcpListener::bind(at).map(drop),
            Self::Quic(at) => UdpSocket::bind(at).map(drop),
        }
    }

    /// Whether a node that listens there holds this one: each of its addresses is one of an interface.
    fn is_held_by(self, other: Self) -> bool {
        let is_same_kind = matches!((self, other), (Self::Tcp(_), Self::Tcp(_)) | (Self::Quic(_), Self::Quic(_)));
        let (own, its) = (self.at(), other.at());
        is_same_kind && own.port() == its.port() && (own.ip() == its.ip() || own.ip().is_unspecified())
    }
}

/// Checks every address to listen on.
pub(super) fn check<A: Display>(addresses: &[A], node: Option<&NodeStatus>) -> Vec<Check> {
    let held: Vec<Listen> = node.iter().flat_map(|node| &node.listening).filter_map(Listen::read).collect();
    let one = |address: &A| match Listen::read(address) {
        Some(listen) => judge(&address.to_string(), listen, &held, listen.try_out()),
        None => {
            Check::warn(NAME, format!("{address} is not tried: it names no number"), "write an IP address to listen on")
        }
    };
    addresses.iter().map(one).collect()
}

/// Checks the address of the REST gateway. A node does not say where it serves one, so one that runs is taken to be who
/// holds the port.
pub(super) fn gateway(section: &GatewaySection, a_node_runs: bool) -> Check {
    const NAME: &str = "gateway";
    let at = match section.address() {
        Ok(Some(at)) => at,
        Ok(None) => return Check::ok(NAME, "none is served: gateway.listen is empty"),
        Err(error) => return Check::fail(NAME, error.to_string(), "such is gateway.listen = \"127.0.0.1:8080\""),
    };
    if !at.ip().is_loopback() && section.token_file.as_os_str().is_empty() {
        let advice = "name a file for the token that clients must show: gateway.token_file = \"token\"";
        return Check::fail(NAME, format!("{at} is open to other machines, and no token is asked for"), advice);
    }
    match TcpListener::bind(at) {
        Ok(_) => Check::ok(NAME, format!("{at} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && a_node_runs => {
            Check::ok(NAME, format!("{at} is taken, by the node that runs here as it seems"))
        }
        Err(error) => {
            let advice =
                "another node on this machine may have it: choose another port, gateway.listen, or \"\" for none";
            Check::fail(NAME, format!("{at}: {error}"), advice)
        }
    }
}

/// Warns where provers that come over HTTP can only be given the token that buys, too. Nothing if that is not so.
pub(super) fn prover_token(section: &GatewaySection, sells: bool) -> Option<Check> {
    let has_one = !section.token_file.as_os_str().is_empty() && section.prover_token_file.as_os_str().is_empty();
    (has_one && sells && !section.listen.is_empty()).then(|| {
        let advice = "gateway.prover_token_file = \"prover.token\": that one lets them prove, and buys nothing";
        Check::warn("gateway", "provers elsewhere would need the token that also spends this node's credits", advice)
    })
}

/// Judges the try to take an address, beside a node that may hold it.
fn judge(address: &str, listen: Listen, held: &[Listen], tried: io::Result<()>) -> Check {
    let Err(error) = tried else { return Check::ok(NAME, format!("{address} is free")) };
    let fail = |what: &str, advice: String| Check::fail(NAME, format!("{address}: {what}"), advice);
    match error.kind() {
        ErrorKind::AddrInUse if held.iter().any(|other| listen.is_held_by(*other)) => {
            Check::ok(NAME, format!("{address} is taken by the node that runs here, as it should be"))
        }
        ErrorKind::AddrInUse => {
            let named = format!("`ss -lntup | grep {}` names it", listen.at().port());
            fail("taken by another program", format!("{named}; or choose another port: network.listen"))
        }
        ErrorKind::AddrNotAvailable => {
            let advice = "listen on an address that `ip address` shows, or on all: 0.0.0.0";
            fail("no interface of this machine has the address", advice.to_owned())
        }
        ErrorKind::PermissionDenied => {
            fail("this user may not listen there", "choose a port from 1024 on: network.listen".to_owned())
        }
        _ => fail(&error.to_string(), "choose another address: network.listen".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Health, *};

    #[test]
    fn addresses_are_read_as_the_network_writes_them() {
        let read = |text: &str| Listen::read(&text);
        assert_eq!(read("/ip4/127.0.0.1/tcp/9700"), Some(Listen::Tcp("127.0.0.1:9700".parse().unwrap())));
        assert_eq!(read("/ip6/::1/udp/9/quic-v1"), Some(Listen::Quic("[::1]:9".parse().unwrap())));
        for none in ["/dns4/example.org/tcp/1", "/ip4/127.0.0.1", "", "/ip4/300.0.0.1/tcp/1"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_port_that_another_program_has_fails_and_one_of_the_own_node_does_not() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("/ip4/127.0.0.1/tcp/{}", taken.local_addr().unwrap().port());
        let listen = Listen::read(&address).unwrap();
        let judged = |held: &[Listen]| judge("port", listen, held, listen.try_out());
        assert_eq!(judged(&[]).health, Health::Fail);
        assert_eq!(judged(&[listen]).health, Health::Ok);
        let by_quic = Listen::Quic(listen.at());
        assert_eq!(judged(&[by_quic]).health, Health::Fail, "another kind of port");
        drop(taken);
        assert_eq!(judged(&[]).found, "port is free");
        let nowhere = check(&["/ip4/192.0.2.1/tcp/0"], None);
        assert_eq!(nowhere[0].health, Health::Fail, "{nowhere:?}");
    }

    #[test]
    fn a_gateway_that_is_open_to_others_needs_a_token() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = |listen: &str, token: &str| GatewaySection {
            listen: listen.to_owned(),
            token_file: token.into(),
            ..GatewaySection::default()
        };
        let port = taken.local_addr().unwrap();
        let held = at(&port.to_string(), "");
        assert_eq!((gateway(&held, true).health, gateway(&held, false).health), (Health::Ok, Health::Fail));
        let health = |listen, token| gateway(&at(listen, token), false).health;
        assert_eq!(
            [health("", ""), health("127.0.0.1:0", ""), health("nowhere", "")],
            [Health::Ok, Health::Ok, Health::Fail]
        );
        assert_eq!((health("0.0.0.0:0", ""), health("0.0.0.0:0", "token")), (Health::Fail, Health::Ok));
    }

    #[test]
    fn provers_are_better_given_a_token_of_their_own() {
        let with = |token: &str, provers: &str| GatewaySection {
            token_file: token.into(),
            prover_token_file: provers.into(),
            ..GatewaySection::default()
        };
        let warned = prover_token(&with("token", ""), true).unwrap();
        assert_eq!(warned.health, Health::Warn);
        let fine = [
            with("", ""),
            with("token", "prover.token"),
            GatewaySection { listen: String::new(), ..with("token", "") },
        ];
        assert!(fine.iter().all(|section| prover_token(section, true).is_none()));
        assert!(prover_token(&with("token", ""), false).is_none(), "a node that sells nothing has no provers");
    }
}
