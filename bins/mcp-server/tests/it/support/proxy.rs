//! A way to a server that can be made slow, and taken away and given back.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As if there was nothing in between.
    Open,
    /// Answers come so much later.
    Slow(Duration),
    /// Connections break, and no new one is taken.
    Away,
}

/// Ends with the test's runtime.
pub(crate) struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
}

impl Proxy {
    /// An open way to a port of this machine.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (way, watched) = watch::channel(Way::Open);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if *watched.borrow() != Way::Away {
                    tokio::spawn(carry(client, port, watched.clone()));
                }
            }
        });
        Self { address, way }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn is(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn carry(client: TcpStream, port: u16, mut way: watch::Receiver<Way>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let asked = async { tokio::io::copy(&mut from_client, &mut to_server).await.ok() };
    let delay = way.clone();
    let answered = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            let way = *delay.borrow();
            if let Way::Slow(by) = way {
                tokio::time::sleep(by).await;
            }
            if to_client.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = asked => {}
        () = answered => {}
        _ = way.wait_for(|way| *way == Way::Away) => {}
    }
}
