//! Subnets: which addresses have one owner, as far as an address tells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The bits of an IPv6 address that name its subnet: what a home or a rented machine has.
const SUBNET_BITS: u32 = 64;
/// The bits that name its site: what a company, or whoever asks a provider for it, has.
const SITE_BITS: u32 = 48;
/// The places of one /48 of IPv6, in shares of a /64: who rents a /48 has 65,536 of those.
const SHARES_PER_SITE: usize = 2;

/// The /24 of an IPv4 address, the /64 of an IPv6 address: what one owner usually has.
pub(super) fn subnet(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(ip) => prefix(ip, SUBNET_BITS),
    }
}

/// What one owner may have many subnets of: the /48 of a /64. A /24 is a site of its own.
pub(super) fn site(subnet: IpAddr) -> IpAddr {
    match subnet {
        IpAddr::V4(_) => subnet,
        IpAddr::V6(ip) => prefix(ip, SITE_BITS),
    }
}

fn prefix(ip: Ipv6Addr, bits: u32) -> IpAddr {
    Ipv6Addr::from_bits(ip.to_bits() & !(u128::MAX >> bits)).into()
}

/// The subnet, or the site around it, that has as many of these as it may; with that number and the limit.
pub(super) fn crowd<'a>(
    subnet: IpAddr,
    others: impl Iterator<Item = &'a IpAddr>,
    limit: usize,
) -> Option<(IpAddr, usize, usize)> {
    let site_limit = limit.saturating_mul(SHARES_PER_SITE);
    let of_site: Vec<_> = others.filter(|other| site(**other) == site(subnet)).collect();
    let of_subnet = of_site.iter().filter(|other| ***other == subnet).count();
    if of_subnet >= limit {
        return Some((subnet, of_subnet, limit));
    }
    (of_site.len() >= site_limit).then(|| (site(subnet), of_site.len(), site_limit))
}
