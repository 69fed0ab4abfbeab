//! A cluster: which node has a key, and what to do when it has moved.
//!
//! Each operation has one key, so it goes to one node, over a [`Link`] of its own. A node that answers `MOVED` or `ASK` has
//! done nothing: the operation is said again where it belongs. No other error is tried again, and that is why the `redis`
//! crate's own cluster connection is not used: it follows such an answer only together with repeating whatever failed, and a
//! repeated exchange of a refresh token would look like a theft.
//!
//! Messages reach everybody whichever node they are published at, over the cluster's own bus.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::redis::{
    Cmd, ConnectionInfo, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value, from_redis_value,
};
use futures_util::FutureExt as _;
use futures_util::future::select_ok;

use super::address::{elsewhere, host_and_port};
use super::link::{Answer, Destination, Dialer, Link, Order, is_lost};

/// All slots.
const SLOTS: u16 = 16_384;
/// Nodes that send an operation on to the next before it is given up.
const REDIRECTIONS: usize = 5;

/// Host and port.
type Node = (String, u16);

pub(super) struct Cluster {
    dialer: Arc<Dialer>,
    /// Nodes that were named by the operator.
    seeds: Vec<ConnectionInfo>,
    /// How each node is spoken to, wherever it is.
    server: ConnectionInfo,
    known: Mutex<Known>,
    /// Held while the map is asked for.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// Slots from the first to the last number, and who has them.
    ranges: Vec<(u16, u16, Node)>,
    links: HashMap<Node, Arc<Link>>,
    /// Whether the map is believed.
    current: bool,
}

impl Cluster {
    pub(super) fn new(dialer: Arc<Dialer>, seeds: Vec<ConnectionInfo>, server: ConnectionInfo) -> Self {
        Self { dialer, seeds, server, known: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// Carries an order out at the node that has the key.
    pub(super) async fn send(&self, key: &str, mut order: Order<'_>) -> RedisResult<Answer> {
        let mut node = self.node_of(slot(key)).await?;
        for _ in 0..REDIRECTIONS {
            let error = match self.link(&node).send(order).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(next) = redirection(&error, &node) else {
                if is_lost(&error) || error.kind() == ErrorKind::Server(ServerErrorKind::ClusterDown) {
                    self.doubt();
                }
                return Err(error);
            };
            order.asking = error.kind() == ErrorKind::Server(ServerErrorKind::Ask);
            if !order.asking {
                self.doubt();
            }
            node = next;
        }
        Err((ErrorKind::Io, "the cluster's nodes send an operation on without end").into())
    }

    /// A link to each node that has slots.
    pub(super) async fn every_primary(&self) -> RedisResult<Vec<Arc<Link>>> {
        self.node_of(0).await?;
        let known = self.lock();
        let mut nodes: Vec<Node> = known.ranges.iter().map(|(_, _, node)| node.clone()).collect();
        let served: u32 = known.ranges.iter().map(|(first, last, _)| u32::from(last - first) + 1).sum();
        drop(known);
        if served != u32::from(SLOTS) {
            self.doubt();
            return Err((ErrorKind::Io, "parts of the cluster are served by no node").into());
        }
        nodes.sort();
        nodes.dedup();
        Ok(nodes.iter().map(|node| self.link(node)).collect())
    }

    /// The nodes that are known, and those that were named.
    pub(super) fn nodes(&self) -> Vec<ConnectionInfo> {
        let known = self.lock();
        let found = known.ranges.iter().map(|(_, _, node)| node.clone());
        let mut nodes: Vec<Node> = found.chain(self.seeds.iter().map(address)).collect();
        drop(known);
        nodes.sort();
        nodes.dedup();
        nodes.into_iter().map(|node| self.info(node)).collect()
    }

    async fn node_of(&self, slot: u16) -> RedisResult<Node> {
        if !self.lock().current {
            let _one_at_a_time = self.asking.lock().await;
            // Whoever held it may have learnt it.
            if !self.lock().current {
                self.learn().await?;
            }
        }
        let known = self.lock();
        let range = known.ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        let node = range.map(|(_, _, node)| node.clone());
        drop(known);
        node.ok_or_else(|| {
            self.doubt();
            (ErrorKind::Io, "no node of the cluster serves this key").into()
        })
    }

    /// Asks all nodes at once who has which slots, and believes the first.
    async fn learn(&self) -> RedisResult<()> {
        let mut question = ::redis::cmd("CLUSTER");
        question.arg("SLOTS");
        let asked = self.nodes().into_iter().map(|info| self.ask(info, &question).boxed());
        let (ranges, _) = select_ok(asked).await?;
        let mut known = self.lock();
        known.links.retain(|node, _| ranges.iter().any(|(_, _, other)| other == node));
        known.ranges = ranges;
        known.current = true;
        Ok(())
    }

    async fn ask(&self, info: ConnectionInfo, question: &Cmd) -> RedisResult<Vec<(u16, u16, Node)>> {
        let asked = address(&info);
        let mut connection = self.dialer.connect(info).await?;
        let rows: Vec<Vec<Value>> = question.query_async(&mut connection).await?;
        let ranges: Vec<_> = rows.into_iter().filter_map(|row| range(row, &asked.0)).collect();
        if ranges.is_empty() {
            return Err((ErrorKind::Io, "the node knows of no slots").into());
        }
        Ok(ranges)
    }

    fn link(&self, node: &Node) -> Arc<Link> {
        let mut known = self.lock();
        if let Some(link) = known.links.get(node) {
            return Arc::clone(link);
        }
        let destination = Destination::Server(Box::new(self.info(node.clone())));
        let link = Arc::new(Link::new(Arc::clone(&self.dialer), destination));
        known.links.insert(node.clone(), Arc::clone(&link));
        link
    }

    fn info(&self, (host, port): Node) -> ConnectionInfo {
        elsewhere(&self.server, host, port)
    }

    /// The map is asked for again before the next operation.
    pub(super) fn doubt(&self) {
        self.lock().current = false;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(info: &ConnectionInfo) -> Node {
    let (host, port) = host_and_port(info);
    (host.to_owned(), port)
}

/// One row of `CLUSTER SLOTS`: the first and the last slot, then the primary. A node that does not know its own host is
/// where it was asked.
fn range(row: Vec<Value>, asked: &str) -> Option<(u16, u16, Node)> {
    let mut row = row.into_iter();
    let first = from_redis_value(row.next()?).ok()?;
    let last = from_redis_value(row.next()?).ok()?;
    let Value::Array(primary) = row.next()? else { return None };
    let mut primary = primary.into_iter();
    let host: Option<String> = from_redis_value(primary.next()?).ok()?;
    let port = from_redis_value(primary.next()?).ok()?;
    let host = host.filter(|host| !host.is_empty() && host != "?").unwrap_or_else(|| asked.to_owned());
    Some((first, last, (host, port)))
}

/// Where a node sends an operation that it did not carry out.
fn redirection(error: &RedisError, from: &Node) -> Option<Node> {
    let (address, _) = error.redirect_node()?;
    let (host, port) = address.rsplit_once(':')?;
    let host = if host.is_empty() { &from.0 } else { host };
    Some((host.to_owned(), port.parse().ok()?))
}

/// The slot of a key: the whole of it counts, or what stands in its first braces.
fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let counted = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
    crc16(counted.as_bytes()) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server says to `CLUSTER KEYSLOT`.
    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        for (key, expected) in [("foo", 12_182), ("mcp:{foo}:1", 12_182), ("{}foo", 9_500), ("", 0)] {
            assert_eq!(slot(key), expected, "{key}");
        }
    }
}
