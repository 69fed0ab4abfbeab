//! The ceiling of a tool that asks a service behind: the envelope, one request with hyper alone, and its answer as a text.
//!
//! `proxy --listen 127.0.0.1:8000 --upstream http://127.0.0.1:8001 --path /items/a7`

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use clap::Parser;
use contenders::envelope::Envelope;
use contenders::serve::{empty, json, runtime, serve};
use contenders::upstream::Pool;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

#[derive(Parser)]
struct Args {
    /// Where to listen
    #[arg(long)]
    listen: SocketAddr,
    /// The service behind
    #[arg(long)]
    upstream: String,
    /// What is asked of it
    #[arg(long)]
    path: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let pool = Arc::new(Pool::new(&args.upstream, &args.path).map_err(|failure| failure as Box<dyn Error>)?);
    match runtime()?.block_on(serve(args.listen, move |request| respond(request, Arc::clone(&pool))))? {}
}

async fn respond(request: Request<Incoming>, pool: Arc<Pool>) -> Response<Full<Bytes>> {
    let Ok(body) = request.into_body().collect().await else { return empty(StatusCode::BAD_REQUEST) };
    let body = body.to_bytes();
    let Some(envelope) = Envelope::parse(&body) else { return empty(StatusCode::BAD_REQUEST) };
    let Ok(found) = pool.get().await else { return empty(StatusCode::BAD_GATEWAY) };
    match result(&found) {
        Some(result) => json(envelope.answer(&result)),
        None => empty(StatusCode::BAD_GATEWAY),
    }
}

/// The result of a tool call whose text is `found`; `None` when that is no text.
fn result(found: &[u8]) -> Option<Vec<u8>> {
    let mut result = Vec::with_capacity(found.len() + found.len() / 8 + 64);
    result.extend_from_slice(br#"{"content":[{"type":"text","text":"#);
    serde_json::to_writer(&mut result, std::str::from_utf8(found).ok()?).ok()?;
    result.extend_from_slice(b"}]}");
    Some(result)
}
