//! Names to addresses, each checked before a connection is made to it: a name may lead anywhere, and elsewhere tomorrow.

use super::address::is_public;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 16;

/// A way from a name to its addresses.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The system's own way.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.take(ADDRESSES_MAX).collect()) })
    })
}

/// An address that no webhook is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no address of the public internet")]
pub(super) struct NotPublic(pub(super) IpAddr);

/// Looks names up, and gives out addresses that may be connected to, or none.
#[derive(Clone)]
pub(super) struct Checked {
    pub(super) lookup: Lookup,
    /// Whether private addresses are allowed too.
    pub(super) private: bool,
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checked(private {})", self.private)
    }
}

impl Checked {
    /// Checks an address that a URL names itself.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), NotPublic> {
        if self.private || is_public(address) { Ok(()) } else { Err(NotPublic(address)) }
    }

    /// The addresses of a name. One that is not public is as bad as all: whoever gives such an answer means it.
    pub(super) async fn addresses(
        &self,
        name: String,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found = (self.lookup)(name).await?;
        found.iter().try_for_each(|address| self.check(address.ip()))?;
        if found.is_empty() {
            return Err(Box::new(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
        }
        Ok(found)
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let checked = self.clone();
        Box::pin(async move {
            let found = checked.addresses(name.as_str().to_owned()).await?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
