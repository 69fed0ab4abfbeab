//! A real Redis server for one test: Debian's `redis-server`, on a free port of the loopback, without persistence.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
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

    /// The same with more options of `redis-server`.
    pub(crate) async fn start_on(options: &[&str]) -> Option<Self> {
        for _ in 0..5 {
            let mut server = Self::spawn_with(free_port(), None, options)?;
            if server.listens().await {
                return Some(server);
            }
        }
        panic!("redis-server starts but does not listen");
    }

    /// A Sentinel of this configuration, into which it writes.
    pub(crate) async fn sentinel(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, port) = (folder.path().join("sentinel.conf"), free_port());
        std::fs::write(&file, configuration).expect("written");
        let mut command = Command::new("redis-server");
        command.arg(&file).args(["--port", &port.to_string(), "--sentinel"]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it is there");
        let mut server = Self { process, port, password: None, _folder: folder };
        assert!(server.listens().await, "a Sentinel does not start on {port}");
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Says something in the protocol's form for people, and returns the first line of the answer, or all of a text.
    pub(crate) fn say(&self, words: &str) -> String {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        socket.write_all(format!("{words}\r\n").as_bytes()).expect("it takes words");
        let mut reader = BufReader::new(socket);
        let mut line = String::new();
        reader.read_line(&mut line).expect("it answers");
        let line = line.trim_end();
        let Some(length) = line.strip_prefix('$').and_then(|length| length.parse().ok()) else {
            return line.to_owned();
        };
        let mut text = vec![0; length];
        reader.read_exact(&mut text).expect("all of it");
        String::from_utf8(text).expect("text")
    }

    /// Waits until something is said.
    pub(crate) async fn says(&self, words: &str, part: &str) {
        let mut said = String::new();
        for _ in 0..1_500 {
            said = self.say(words);
            if said.contains(part) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{words} says {said}, not {part}");
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

impl RedisServer {
    async fn listens(&mut self) -> bool {
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
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

pub(crate) fn free_port() -> u16 {
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
