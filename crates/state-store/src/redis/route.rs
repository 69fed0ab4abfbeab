//! The way of an operation to the server that has its key, whatever the store is made of.

use std::sync::Arc;

use ::redis::{ConnectionInfo, RedisResult};

use super::address::Address;
use super::cluster::Cluster;
use super::link::{Answer, Destination, Dialer, Link, Order};
use super::sentinel::Sentinels;

pub(super) enum Route {
    /// To one server: the one that was named, or the primary of the moment.
    One { link: Arc<Link>, destination: Destination },
    /// To one of many.
    Cluster(Arc<Cluster>),
}

impl Route {
    pub(super) fn new(address: Address, dialer: &Arc<Dialer>) -> Self {
        let destination = match address {
            Address::Server(info) => Destination::Server(Box::new(info)),
            Address::Sentinel { sentinels, name, server } => {
                Destination::Primary(Arc::new(Sentinels { sentinels, name, server }))
            }
            Address::Cluster { seeds, server } => {
                return Self::Cluster(Arc::new(Cluster::new(Arc::clone(dialer), seeds, server)));
            }
        };
        let link = Arc::new(Link::new(Arc::clone(dialer), destination.clone()));
        Self::One { link, destination }
    }

    pub(super) async fn send(&self, key: &str, order: Order<'_>) -> RedisResult<Answer> {
        match self {
            Self::One { link, .. } => link.send(order).await,
            Self::Cluster(cluster) => cluster.send(key, order).await,
        }
    }

    /// A link to each server that takes writes.
    pub(super) async fn every_primary(&self) -> RedisResult<Vec<Arc<Link>>> {
        match self {
            Self::One { link, .. } => Ok(vec![Arc::clone(link)]),
            Self::Cluster(cluster) => cluster.every_primary().await,
        }
    }

    /// Something went wrong at one of the servers: who has what is asked anew.
    pub(super) fn doubt(&self) {
        if let Self::Cluster(cluster) = self {
            cluster.doubt();
        }
    }

    /// Where channels can be listened to, one as good as the other, the likeliest first.
    pub(super) async fn listeners(&self, dialer: &Dialer) -> RedisResult<Vec<ConnectionInfo>> {
        match self {
            Self::One { destination: Destination::Server(info), .. } => Ok(vec![(**info).clone()]),
            Self::One { destination: Destination::Primary(sentinels), .. } => {
                sentinels.primaries(dialer).await
            }
            Self::Cluster(cluster) => Ok(cluster.nodes()),
        }
    }
}
