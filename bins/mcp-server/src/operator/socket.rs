//! The server's end of the operator's socket.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{Desk, Reply, Request};

/// Longest request, in bytes.
const MAX_REQUEST: u64 = 16 * 1024;
/// Time for a whole exchange.
const TIME: Duration = Duration::from_secs(10);
/// Exchanges at once; more wait in the system's backlog.
const AT_ONCE: usize = 8;

/// A socket that is listened on. Its file is taken away when this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    file: SocketFile,
}

#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    owner: u32,
}

impl ControlSocket {
    /// Listens at `path`. What a server that crashed left there is taken away; of a server that answers there, it is
    /// left, and there is no second socket: `None`.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(path: &Path) -> io::Result<Option<Self>> {
        match UnixStream::connect(path).await {
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                // The system refuses what is no socket, too, and that is not ours to take away.
                if std::fs::symlink_metadata(path)?.file_type().is_socket() {
                    std::fs::remove_file(path)?;
                }
            }
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        let metadata = std::fs::symlink_metadata(path)?;
        let file = SocketFile {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
            owner: metadata.uid(),
        };
        Ok(Some(Self { listener, file }))
    }

    /// Answers until `stop` is cancelled.
    pub async fn serve(self, desk: Desk, stop: CancellationToken) {
        let exchanges = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let Ok(permit) = Arc::clone(&exchanges).acquire_owned().await else { return };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection of the operator's");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            if !self.file.admits(&stream) {
                tracing::warn!(
                    "another user of this machine connected to the operator's socket and was refused"
                );
                continue;
            }
            let desk = desk.clone();
            tokio::spawn(async move {
                match tokio::time::timeout(TIME, exchange(stream, &desk)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::debug!(%error, "an operator's exchange broke off"),
                    Err(_) => tracing::debug!("an operator's exchange took too long"),
                }
                drop(permit);
            });
        }
    }
}

impl SocketFile {
    /// Our own user, and root, who could do it all anyway.
    fn admits(&self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|peer| peer.uid() == self.owner || peer.uid() == 0)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = std::fs::symlink_metadata(&self.path)
            .is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode));
        if ours {
            // The next server takes away what stays.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

async fn exchange(mut stream: UnixStream, desk: &Desk) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = Vec::new();
    BufReader::new(read.take(MAX_REQUEST)).read_until(b'\n', &mut line).await?;
    let reply = if line.last() == Some(&b'\n') {
        match serde_json::from_slice::<Request>(&line) {
            Ok(request) => desk.answer(request).await,
            Err(_) => failed("the request is not one of this release: use the release that the server runs"),
        }
    } else {
        failed("the request is no line of at most 16 KiB")
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    write.shutdown().await
}

fn failed(reason: &str) -> Reply {
    Reply::Failed { reason: reason.to_owned() }
}
