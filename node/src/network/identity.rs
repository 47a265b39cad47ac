//! One ed25519 key is an account and a peer: what converts between the two names of it.

use dpgn_protocol::{ids::AccountId, sign};
use libp2p::{
    PeerId,
    identity::{self, ed25519},
};

/// A peer id of an ed25519 key is the key itself, wrapped: identity multihash, then protobuf.
const KEY_PREFIX: [u8; 4] = [0x08, 0x01, 0x12, 0x20];
/// The multihash code of "not hashed at all".
const IDENTITY_MULTIHASH: u64 = 0;

/// A name that isn't one of an ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The peer's key is of another kind.
    #[error("peer {0} has no ed25519 key, so it is no account")]
    NotEd25519(PeerId),
    /// The account's bytes are no point of the curve.
    #[error("account {0} is no ed25519 key")]
    NotAKey(AccountId),
}

/// The account that a peer is. The connection has proven that it holds the key.
pub fn account_of(peer: &PeerId) -> Result<AccountId, IdentityError> {
    let hash = peer.as_ref();
    let key = (hash.code() == IDENTITY_MULTIHASH)
        .then(|| hash.digest().strip_prefix(&KEY_PREFIX))
        .flatten()
        .and_then(|key| <[u8; 32]>::try_from(key).ok());
    key.map(AccountId::from_bytes).ok_or(IdentityError::NotEd25519(*peer))
}

/// The peer that an account is.
pub fn peer_of(account: &AccountId) -> Result<PeerId, IdentityError> {
    let key = ed25519::PublicKey::try_from_bytes(account.as_bytes()).map_err(|_| IdentityError::NotAKey(*account))?;
    Ok(identity::PublicKey::from(key).to_peer_id())
}

/// The key that libp2p proves itself with.
pub(super) fn keypair(key: &sign::Keypair) -> Option<identity::Keypair> {
    let mut seed = key.seed();
    identity::Keypair::ed25519_from_bytes(&mut seed[..]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_and_peer_name_the_same_key() {
        for seed in 0..32 {
            let key = sign::Keypair::from_seed(&[seed; 32]);
            let peer = keypair(&key).unwrap().public().to_peer_id();
            assert_eq!(account_of(&peer).unwrap(), key.account());
            assert_eq!(peer_of(&key.account()).unwrap(), peer);
        }
    }

    #[test]
    fn other_names_are_refused() {
        let random = PeerId::random();
        assert_eq!(account_of(&random), Err(IdentityError::NotEd25519(random)));
        // y = 2 is no point of the curve.
        let mut bytes = [0; 32];
        bytes[0] = 2;
        let account = AccountId::from_bytes(bytes);
        assert_eq!(peer_of(&account), Err(IdentityError::NotAKey(account)));
    }
}
