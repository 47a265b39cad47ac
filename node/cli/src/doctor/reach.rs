//! From where others can reach the node: by the addresses that it listens on, and by what this machine is known as.
//!
//! Nothing is sent: the address of this machine is the one that the kernel would send from.

use super::{Check, ports::Listen};
use std::{
    fmt::Display,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket},
};

/// Addresses for documentation, which nobody has: asking the kernel for the way there sends nothing.
const ANYWHERE_4: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
const ANYWHERE_6: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9);

/// From how far an address can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Loopback,
    Private,
    Public,
}

/// Says from where the node is reached.
pub(super) fn check(addresses: &[impl Display]) -> Check {
    let ips = addresses.iter().filter_map(Listen::read).map(|listen| listen.at().ip());
    judge(&ips.map(seen_as).collect::<Vec<_>>())
}

/// An address to listen on as others would dial it: for "all interfaces" the one this machine sends from.
fn seen_as(ip: IpAddr) -> IpAddr {
    if !ip.is_unspecified() {
        return ip;
    }
    let own = |from: IpAddr, to: (IpAddr, u16)| {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let found = match ip {
        IpAddr::V4(_) => own(ip, (ANYWHERE_4.0.into(), ANYWHERE_4.1)),
        IpAddr::V6(_) => own(ip, (ANYWHERE_6.0.into(), ANYWHERE_6.1)),
    };
    // A machine without a way out is reached from itself alone.
    found.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn reach_of(ip: IpAddr) -> Reach {
    let is_private = match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            // 100.64.0.0/10 is what providers share between customers.
            ip.is_private() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    match (ip.is_loopback(), is_private) {
        (true, _) => Reach::Loopback,
        (false, true) => Reach::Private,
        (false, false) => Reach::Public,
    }
}

fn judge(ips: &[IpAddr]) -> Check {
    const NAME: &str = "reach";
    let open = "network.listen = [\"/ip4/0.0.0.0/tcp/9700\", \"/ip4/0.0.0.0/udp/9700/quic-v1\"]";
    let Some(best) = ips.iter().copied().max_by_key(|ip| reach_of(*ip)) else {
        return Check::warn(NAME, "listens on no address: it dials others, and nobody dials it", open);
    };
    match reach_of(best) {
        Reach::Loopback => {
            let found = "loopback only: processes of this machine reach the node, and it dials whom it knows";
            Check::warn(NAME, found, format!("fine for a network on one machine; else {open}"))
        }
        Reach::Private => Check::warn(
            NAME,
            format!("a private address, {best}: reached from the local network, from elsewhere through a NAT alone"),
            "have the router forward the ports to this machine, and open them in its firewall; this version makes no \
             holes in a NAT, but what it dials itself works",
        ),
        Reach::Public => Check::ok(NAME, format!("a public address, {best}, if no firewall stands before it")),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Health, *};

    #[test]
    fn the_widest_address_counts() {
        let judged = |ips: &[&str]| judge(&ips.iter().map(|ip| ip.parse().unwrap()).collect::<Vec<_>>());
        assert!(judged(&["127.0.0.1", "::1"]).found.starts_with("loopback only"));
        for private in ["10.1.2.3", "192.168.0.7", "100.65.0.1", "169.254.0.1", "fd00::1", "fe80::1"] {
            assert!(judged(&["127.0.0.1", private]).found.contains("a private address"), "{private}");
        }
        assert_eq!(judged(&["10.0.0.1", "93.184.216.34"]).health, Health::Ok);
        assert_eq!(judged(&["100.128.0.1"]).health, Health::Ok, "the range of providers ends before it");
        assert_eq!(judged(&[]).health, Health::Warn);
        assert!(!seen_as(Ipv4Addr::UNSPECIFIED.into()).is_unspecified());
    }
}
