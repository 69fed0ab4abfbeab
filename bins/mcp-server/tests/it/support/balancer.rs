//! A plain TCP balancer without stickiness: every connection goes to the next instance that says that it is ready, or to the
//! one after it where nobody listens. It reads nothing of what passes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::login::client;
use super::server::TestServer;

/// How often an instance is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Ends with the test's runtime.
pub(crate) struct Balancer {
    address: SocketAddr,
    backends: Arc<Mutex<Vec<Arc<Backend>>>>,
}

struct Backend {
    address: SocketAddr,
    ready: AtomicBool,
    /// The connections that it was given.
    given: AtomicUsize,
    asking: Mutex<Option<AbortHandle>>,
}

impl Balancer {
    /// Begins to listen, before nobody.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let backends = Arc::<Mutex<Vec<Arc<Backend>>>>::default();
        let known = Arc::clone(&backends);
        tokio::spawn(async move {
            for turn in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let mut candidates = known.lock().unwrap().clone();
                candidates.retain(|backend| backend.ready.load(Ordering::SeqCst));
                let first = turn % candidates.len().max(1);
                candidates.rotate_left(first);
                tokio::spawn(pass_on(stream, candidates));
            }
        });
        Self { address, backends }
    }

    /// The address of all.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes an instance in, and returns when it is given connections.
    pub(crate) async fn add(&self, server: &TestServer) {
        let backend = Arc::new(Backend {
            address: address(server),
            ready: AtomicBool::new(false),
            given: AtomicUsize::new(0),
            asking: Mutex::default(),
        });
        let (asked, question) = (Arc::clone(&backend), format!("{}/readyz", server.admin()));
        let asking = tokio::spawn(async move {
            loop {
                let answer = client().get(&question).timeout(Duration::from_secs(2)).send().await;
                asked.ready.store(answer.is_ok_and(|answer| answer.status() == 200), Ordering::SeqCst);
                tokio::time::sleep(ASK_EVERY).await;
            }
        });
        *backend.asking.lock().unwrap() = Some(asking.abort_handle());
        self.backends.lock().unwrap().push(Arc::clone(&backend));
        while !backend.ready.load(Ordering::SeqCst) {
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// Forgets an instance that has ended, and returns how many connections it was given.
    pub(crate) fn remove(&self, server: &TestServer) -> usize {
        let mut backends = self.backends.lock().unwrap();
        let index = backends.iter().position(|backend| backend.address == address(server)).unwrap();
        let backend = backends.remove(index);
        backend.asking.lock().unwrap().take().unwrap().abort();
        backend.given.load(Ordering::SeqCst)
    }
}

fn address(server: &TestServer) -> SocketAddr {
    server.url.strip_prefix("http://").unwrap().parse().unwrap()
}

async fn pass_on(mut stream: TcpStream, candidates: Vec<Arc<Backend>>) {
    for backend in candidates {
        if let Ok(mut other) = TcpStream::connect(backend.address).await {
            backend.given.fetch_add(1, Ordering::SeqCst);
            // Either side may break off: that is theirs to notice.
            copy_bidirectional(&mut stream, &mut other).await.ok();
            return;
        }
    }
}
