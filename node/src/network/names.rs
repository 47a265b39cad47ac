//! The names a network goes by on the wire: two networks share none, so nothing crosses between them.

use dpgn_protocol::ids::NetworkId;
use libp2p::StreamProtocol;

/// Every protocol and topic name starts with this, for one network.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// `/dpgn/1/<the first sixteen digits of the network's id>`: also what identify announces.
    pub(super) root: String,
}

impl Names {
    pub(super) fn new(network: NetworkId) -> Self {
        Self { root: format!("/dpgn/1/{}", hex::encode(&network.as_bytes()[..8])) }
    }

    pub(super) fn topic(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    /// gossipsub adds its own versions behind it.
    pub(super) fn gossip_prefix(&self) -> String {
        format!("{}/gossip", self.root)
    }

    pub(super) fn kad(&self) -> Option<StreamProtocol> {
        StreamProtocol::try_from_owned(format!("{}/kad", self.root)).ok()
    }

    pub(super) fn request(&self) -> Option<StreamProtocol> {
        StreamProtocol::try_from_owned(format!("{}/request", self.root)).ok()
    }

    pub(super) fn blob(&self) -> Option<StreamProtocol> {
        StreamProtocol::try_from_owned(format!("{}/blob", self.root)).ok()
    }

    /// A version of its own: members of a committee may change how they speak before others change anything.
    pub(super) fn council(&self) -> Option<StreamProtocol> {
        StreamProtocol::try_from_owned(format!("{}/council/1", self.root)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_frozen_and_differ_between_networks() {
        let names = Names::new(NetworkId::from_bytes([0xab; 32]));
        assert_eq!(names.root, "/dpgn/1/abababababababab");
        assert_eq!(names.topic("ops"), "/dpgn/1/abababababababab/ops");
        assert_eq!(names.kad().unwrap().as_ref(), "/dpgn/1/abababababababab/kad");
        assert_eq!(names.request().unwrap().as_ref(), "/dpgn/1/abababababababab/request");
        assert_eq!(names.blob().unwrap().as_ref(), "/dpgn/1/abababababababab/blob");
        assert_eq!(names.council().unwrap().as_ref(), "/dpgn/1/abababababababab/council/1");
        assert_ne!(Names::new(NetworkId::from_bytes([1; 32])).root, names.root);
    }
}
