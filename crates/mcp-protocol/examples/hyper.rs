//! The server of `minimal.rs` on hyper alone, without a framework. `cargo run --example hyper -- 127.0.0.1:8000`
#![expect(clippy::print_stdout, reason = "an example says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mcp_protocol::{HttpOptions, StreamableHttp};
use tokio::net::TcpListener;

#[expect(dead_code, reason = "it is a program of its own, too")]
#[path = "minimal.rs"]
mod minimal;

pub(crate) async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let endpoint = StreamableHttp::new(Arc::new(minimal::Greeter::new()), HttpOptions::new());
    loop {
        let (socket, _) = listener.accept().await?;
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(endpoint.handle(request, ()).await) });
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(socket), service)
                .await
        });
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/", listener.local_addr()?);
    Ok(serve(listener).await?)
}
