//! What one input happens in: a runtime of its own whose clock only moves when nothing else does, a server of its own,
//! and bytes in place of randomness. The same input does the same again.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mcp_protocol::{HttpOptions, LocalTasks, Notifier, Runtime, Seal};
use sealing::{Entropy, Keys, Sealer};

use super::server::Everything;

/// The moment of the wall clock.
const NOW: u64 = 1_800_000_000;

/// The largest body, and line, that is accepted: within the reach of the fuzzer.
pub(crate) const MAX_BODY: usize = 2_048;

/// How long a client is waited for when it is asked something. Far less than the silence that a keep-alive ends.
pub(crate) const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long anything may take by the server's clock: nothing here waits for a person.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);

/// How long it may take beside a stream that is not read: such a stream is given up after half a minute.
pub(crate) const BESIDE_THE_DEAF: Duration = Duration::from_secs(31);

/// One input's circumstances.
pub(crate) struct World {
    pub(crate) runtime: Runtime<Everything>,
    pub(crate) server: Arc<Everything>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Bytes that count up: unpredictable to nobody, which a fuzzer needs.
#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // An odd factor: no two numbers give the same word.
            let word = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&word.to_be_bytes()[..chunk.len()]);
        }
    }
}

thread_local! {
    /// Panics on this thread. A server catches those of its handlers; here each is a finding.
    static PANICS: Cell<u32> = const { Cell::new(0) };
}

/// Counts panics of this thread from now on, also those that something catches.
fn watch_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            usual(info);
        }));
    });
    PANICS.set(0);
}

/// Plays one input. Whatever it leaves behind must come to its end by itself.
pub(crate) fn play<F: Future<Output = ()>>(input: impl FnOnce(World) -> F) {
    watch_panics();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let world = World::new();
        let streams = world.runtime.clone();
        input(world).await;
        settle().await;
        assert_eq!(streams.open_streams(), 0, "a stream outlived its reader");
    });
    assert_eq!(PANICS.get(), 0, "something panicked, and something else hid it");
}

impl World {
    fn new() -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(Counting::default());
        let sealer =
            Sealer::new(Keys::generate(&*entropy).ring, "https://fuzz.example.com", Arc::clone(&entropy));
        let notifier = Notifier::new();
        let tasks = LocalTasks::new(notifier.clone(), Arc::clone(&entropy), || NOW * 1_000);
        let tasks = tasks.with_ttl(Duration::from_secs(5)).with_most(8);
        let server = Arc::new(Everything::new(notifier.clone(), tasks));
        let runtime = Runtime::builder(Arc::clone(&server))
            .seal(Seal::new(sealer, || NOW))
            .notifier(notifier)
            .ask_timeout(ASK_TIMEOUT)
            .build();
        Self { runtime, server, entropy }
    }
}

/// What both HTTP transports are told.
pub(crate) fn options() -> HttpOptions {
    HttpOptions::new()
        .allow_host("mcp.example.com:8443")
        .allow_origin("https://inspector.example.com")
        .max_body(MAX_BODY)
        .call_timeout(Duration::from_secs(4))
        .queue(4)
}

/// Lets everything run that can: the clock moves only once nothing else does.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// What `work` gives, which must not take longer than this by the server's clock.
pub(crate) async fn within<T>(patience: Duration, what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(patience, work).await;
    done.unwrap_or_else(|_| panic!("{what} takes longer than {patience:?}"))
}
