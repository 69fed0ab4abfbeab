//! The service behind the tools: answers every request at once with the same JSON.
//!
//! `stub --listen 127.0.0.1:8001 --answer item.json`

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use clap::Parser;
use contenders::serve::{json, runtime, serve};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};

#[derive(Parser)]
struct Args {
    /// Where to listen
    #[arg(long)]
    listen: SocketAddr,
    /// The body of every answer
    #[arg(long)]
    answer: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let body = Bytes::from(std::fs::read(&args.answer)?);
    match runtime()?.block_on(serve(args.listen, move |request| respond(request, body.clone())))? {}
}

async fn respond(request: Request<Incoming>, body: Bytes) -> Response<Full<Bytes>> {
    let sent = request.into_body();
    if !sent.is_end_stream() {
        // What is not read would end the connection.
        let _ = sent.collect().await;
    }
    json(body)
}
