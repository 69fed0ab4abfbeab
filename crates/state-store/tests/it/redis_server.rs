//! A real Redis server for one test: Debian's `redis-server`, on a free port of the loopback, without persistence.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use state_store::Store as _;
use state_store::redis::{RedisOptions, RedisStore};

/// Stops the server when dropped.
pub(crate) struct RedisServer {
    process: Child,
    port: u16,
    password: Option<&'static str>,
    _folder: tempfile::TempDir,
}

impl RedisServer {
    /// Starts a server that answers. `None`: there is no `redis-server` on this machine; a line says so. With `CI=true`
    /// that is a failure.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(None).await
    }

    /// Starts a server that copies another, and has copied it. There is one already, so there is a `redis-server`.
    pub(crate) async fn replica_of(primary: &Self) -> Self {
        let of = format!("127.0.0.1 {}", primary.port);
        for _ in 0..5 {
            let options = ["--replicaof", of.as_str()];
            let mut server = Self::spawn_with(free_port(), None, &options).expect("there is a redis-server");
            if server.answers().await {
                server.copies(primary).await;
                return server;
            }
        }
        panic!("redis-server starts but does not answer");
    }

    /// Waits until whatever is written to the primary comes here.
    async fn copies(&self, primary: &Self) {
        let store = RedisStore::connect_with(&primary.options().with_replicas(1)).await.expect("connects");
        let store = store.replicated().expect("waits for a replica");
        for _ in 0..500 {
            if store.check().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("redis-server does not copy another");
    }

    /// The same with a password.
    pub(crate) async fn start_with(password: Option<&'static str>) -> Option<Self> {
        // Another process may take the port between our asking and the server's.
        for _ in 0..5 {
            let mut server = Self::spawn(free_port(), password)?;
            if server.answers().await {
                return Some(server);
            }
        }
        panic!("redis-server starts but does not answer");
    }

    pub(crate) fn options(&self) -> RedisOptions {
        self.options_with(self.password.unwrap_or_default())
    }

    pub(crate) fn options_with(&self, password: &str) -> RedisOptions {
        // Patient: a busy machine is no failure.
        RedisOptions::new(format!("redis://:{password}@127.0.0.1:{}/", self.port))
            .with_connect_timeout(Duration::from_secs(20))
            .with_response_timeout(Duration::from_secs(20))
    }

    pub(crate) fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts again on the same port, with nothing in it.
    pub(crate) async fn restart(&mut self) {
        self.stop();
        *self = Self::spawn(self.port, self.password).expect("was there before");
        assert!(self.answers().await, "redis-server starts again");
    }

    fn spawn(port: u16, password: Option<&'static str>) -> Option<Self> {
        Self::spawn_with(port, password, &[])
    }

    fn spawn_with(port: u16, password: Option<&'static str>, options: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let spawned = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            // A new replica is served at once, not after waiting for others.
            .args(["--repl-diskless-sync-delay", "0"])
            .args(options)
            .args(password.map(|password| ["--requirepass", password]).iter().flatten())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match spawned {
            Ok(process) => Some(Self { process, port, password, _folder: folder }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                skipped("redis-server is not installed");
                None
            }
            Err(error) => panic!("redis-server does not start: {error}"),
        }
    }

    async fn answers(&mut self) -> bool {
        for _ in 0..500 {
            if RedisStore::connect_with(&self.options()).await.is_ok() {
                return true;
            }
            if self.process.try_wait().expect("our own child").is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Says on standard error, past the test runner's capture, that a test did not run.
fn skipped(why: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "CI tells tests, not the program, that nothing may be skipped"
    )]
    let ci = std::env::var("CI");
    assert_ne!(ci.as_deref(), Ok("true"), "{why}, and CI skips nothing");
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
