//! A real Redis server for one test: on a free port of the loopback, without persistence. Needs a `redis-server`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use state_store::Store;
use state_store::redis::{RedisOptions, RedisStore};
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

/// Stops the server when dropped.
pub(crate) struct RedisServer {
    process: Child,
    port: u16,
    folder: Arc<tempfile::TempDir>,
}

/// Writes everything to its disk before it answers.
const DURABLE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

impl RedisServer {
    /// Starts a server that answers. `None`: there is no `redis-server` on this machine, which a line says. With
    /// `CI=true` that is a failure.
    pub(crate) async fn start() -> Option<Self> {
        // Another process may take the port between our asking and the server's.
        for _ in 0..5 {
            let mut server = Self::spawn(free_port())?;
            if server.answers().await {
                return Some(server);
            }
        }
        panic!("redis-server starts but does not answer");
    }

    /// The same with every write on its disk before it is answered.
    pub(crate) async fn start_durable() -> Option<Self> {
        for _ in 0..5 {
            let mut server = Self::spawn_with(free_port(), &DURABLE)?;
            if server.answers().await {
                return Some(server);
            }
        }
        panic!("redis-server starts but does not answer");
    }

    /// Kills one that was started durable and starts it again, with what it had on its disk.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.stop();
        *self = Self::spawn_in(Arc::clone(&self.folder), self.port, &DURABLE).expect("it was there before");
        assert!(self.answers().await, "redis-server starts again");
    }

    /// Starts a server that copies another, and has begun to.
    pub(crate) async fn replica_of(primary: &Self) -> Self {
        let of = format!("127.0.0.1 {}", primary.port);
        for _ in 0..5 {
            let options = ["--replicaof", of.as_str()];
            let mut server = Self::spawn_with(free_port(), &options).expect("there is a redis-server");
            if server.answers().await {
                let store = RedisStore::connect_with(&primary.options().with_replicas(1)).await.unwrap();
                let store = store.replicated().unwrap();
                for _ in 0..500 {
                    if store.check().await.is_ok() {
                        return server;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                panic!("redis-server does not copy another");
            }
        }
        panic!("redis-server starts but does not answer");
    }

    /// The same with TLS at a second port, which is returned; `cert.pem`, `key.pem` and `ca.pem` are in this folder.
    pub(crate) async fn start_tls(certificates: &std::path::Path) -> Option<(Self, u16)> {
        for _ in 0..5 {
            let port = free_port();
            let file = |name: &str| certificates.join(name).to_str().unwrap().to_owned();
            let (cert, key, ca, tls) = (file("cert.pem"), file("key.pem"), file("ca.pem"), port.to_string());
            let options = ["--tls-port", &tls, "--tls-cert-file", &cert, "--tls-key-file", &key];
            let options = [&options[..], &["--tls-ca-cert-file", &ca, "--tls-auth-clients", "no"]].concat();
            let mut server = Self::spawn_with(free_port(), &options)?;
            if server.answers().await {
                return Some((server, port));
            }
        }
        panic!("redis-server does not start with TLS");
    }

    /// Changes a setting of a server that runs.
    pub(crate) fn configure(&self, name: &str, value: &str) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.write_all(format!("CONFIG SET {name} {value}\r\n").as_bytes()).unwrap();
        let mut said = String::new();
        BufReader::new(socket).read_line(&mut said).unwrap();
        assert_eq!(said.trim_end(), "+OK");
    }

    /// A Sentinel of this configuration, into which it writes. There is a server already, so there is a `redis-server`.
    pub(crate) async fn sentinel(configuration: &str) -> Self {
        let (folder, port) = (Arc::new(tempfile::tempdir().unwrap()), free_port());
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new("redis-server");
        command.arg(&file).args(["--port", &port.to_string(), "--sentinel"]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let sentinel = Self { process, port, folder };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sentinel
    }

    /// What it says of itself.
    pub(crate) fn info(&self, section: &str) -> String {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.write_all(format!("INFO {section}\r\n").as_bytes()).unwrap();
        let mut reader = BufReader::new(socket);
        let mut head = String::new();
        reader.read_line(&mut head).unwrap();
        let length = head.trim_end().strip_prefix('$').and_then(|length| length.parse().ok()).expect(&head);
        let mut text = vec![0; length];
        reader.read_exact(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What `--store` takes.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// A connection of its own, as another instance has.
    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        Arc::new(RedisStore::connect_with(&self.options()).await.expect("connects"))
    }

    /// Ends it; what it knew is lost.
    pub(crate) fn stop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }

    /// Starts again on the same port, with nothing in it.
    pub(crate) async fn restart(&mut self) {
        self.stop();
        *self = Self::spawn(self.port).expect("it was there before");
        assert!(self.answers().await, "redis-server starts again");
    }

    /// Everything that anybody says to the server from now on.
    pub(crate) async fn monitor(&self) -> Monitor {
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        socket.write_all(b"MONITOR\r\n").await.unwrap();
        let mut ok = [0; 5];
        socket.read_exact(&mut ok).await.unwrap();
        assert_eq!(&ok, b"+OK\r\n");
        Monitor { socket, port: self.port }
    }

    fn options(&self) -> RedisOptions {
        // Patient: a busy machine is no failure.
        let patience = Duration::from_secs(20);
        RedisOptions::new(self.url()).with_connect_timeout(patience).with_response_timeout(patience)
    }

    fn spawn(port: u16) -> Option<Self> {
        Self::spawn_with(port, &[])
    }

    fn spawn_with(port: u16, options: &[&str]) -> Option<Self> {
        Self::spawn_in(Arc::new(tempfile::tempdir().unwrap()), port, options)
    }

    fn spawn_in(folder: Arc<tempfile::TempDir>, port: u16, options: &[&str]) -> Option<Self> {
        let spawned = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            // A new replica is served at once, not after waiting for others.
            .args(["--repl-diskless-sync-delay", "0"])
            .args(options)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match spawned {
            Ok(process) => Some(Self { process, port, folder }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                super::tools::skipped("redis-server is not installed");
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
            if self.process.try_wait().unwrap().is_some() {
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

/// A listener on the server itself.
pub(crate) struct Monitor {
    socket: tokio::net::TcpStream,
    port: u16,
}

impl Monitor {
    /// What was said since it began to listen.
    pub(crate) async fn heard(mut self) -> String {
        // A last word, so that everything before it has come when it does.
        let word = "the-monitor-has-heard-enough";
        let mut other = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        other.write_all(format!("ECHO {word}\r\n").as_bytes()).unwrap();
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains(word) {
            assert_ne!(self.socket.read_buf(&mut heard).await.unwrap(), 0, "the server is gone");
        }
        // Each line opens with a plus sign and the time.
        let lines = String::from_utf8_lossy(&heard);
        lines.lines().map(|line| line.trim_start_matches('+')).collect::<Vec<_>>().join("\n")
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
