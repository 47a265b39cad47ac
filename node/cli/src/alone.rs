//! Why a node would stay alone: nobody decides, or nobody is there to dial. Told before it runs, since a node that waits looks like
//! one that works.

use dpgn_node::config::{NetworkSection, NodeConfig, Role};
use dpgn_protocol::{genesis::Genesis, ids::AccountId};

/// One reason, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alone {
    /// What is so.
    pub(crate) found: &'static str,
    /// What to do.
    pub(crate) advice: &'static str,
}

/// Nobody decides: the only coordinator has not the role.
const SILENT: Alone = Alone {
    found: "this node is the network's only coordinator and has not that role, so nothing is decided",
    advice: "add \"coordinator\" to roles",
};
/// A coordinator of several has not the role.
const MISSED: Alone = Alone {
    found: "this node is in the network's first committee and has not the role of a coordinator; the others miss it",
    advice: "add \"coordinator\" to roles, unless others are in office by now",
};
/// Others decide, and the node knows none of them.
const UNMET: Alone = Alone {
    found: "others decide, and there is nobody to dial: the node waits until one of them dials it",
    advice: "name a peer in network.bootstrap, such as /ip4/192.0.2.1/tcp/9700/p2p/12D3KooW...; \
             `dpgn key show --peer` there shows the last part",
};

/// What keeps this account's node from following its network.
pub(crate) fn reasons(config: &NodeConfig, genesis: &Genesis, own: AccountId) -> Vec<Alone> {
    let is_own = genesis.committee.power(own).is_some();
    let has_others = genesis.committee.members().iter().any(|member| member.account != own);
    let role = is_own && !config.roles.contains(&Role::Coordinator);
    let role = role.then_some(if has_others { MISSED } else { SILENT });
    let NetworkSection { bootstrap, mdns, .. } = &config.network;
    let unmet = (has_others && bootstrap.is_empty() && !mdns).then_some(UNMET);
    role.into_iter().chain(unmet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_node::genesis_file::new_network;
    use dpgn_protocol::genesis::Params;

    #[test]
    fn a_node_that_would_wait_for_nobody_is_told_so() {
        let [own, other] = [1, 2].map(|byte| AccountId::from_bytes([byte; 32]));
        let of = |committee: &[AccountId]| new_network("n", committee, committee, Params::default()).unwrap();
        let config = |roles: &[Role], bootstrap: &[&str]| {
            let mut config = NodeConfig { roles: roles.iter().copied().collect(), ..NodeConfig::default() };
            config.network.bootstrap = bootstrap.iter().map(|address| address.parse().unwrap()).collect();
            config
        };
        let all = [Role::Requester, Role::Prover, Role::Coordinator];
        let known = ["/ip4/192.0.2.1/tcp/9700"];
        assert_eq!(reasons(&config(&all, &[]), &of(&[own]), own), [], "a network of one");
        assert_eq!(reasons(&config(&all[..2], &[]), &of(&[own]), own), [SILENT]);
        assert_eq!(reasons(&config(&all, &[]), &of(&[other]), own), [UNMET]);
        assert_eq!(reasons(&config(&all, &known), &of(&[own, other]), own), []);
        assert_eq!(reasons(&config(&all[..1], &[]), &of(&[own, other]), own), [MISSED, UNMET]);
        let mut found = config(&all, &[]);
        found.network.mdns = true;
        assert_eq!(reasons(&found, &of(&[other]), own), []);
    }
}
