//! The ceiling: hyper, the JSON-RPC envelope, and an answer that never changes. What a server does more than this is what it costs.
//!
//! `bare --listen 127.0.0.1:8000 --answer result.json`; a GET of `/sse` is an open stream.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use clap::Parser;
use contenders::envelope::Envelope;
use contenders::serve::{Comments, empty, json, runtime, serve};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;

#[derive(Parser)]
struct Args {
    /// Where to listen
    #[arg(long)]
    listen: SocketAddr,
    /// The JSON that every request has as its result
    #[arg(long)]
    answer: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let result = Bytes::from(std::fs::read(&args.answer)?.trim_ascii().to_vec());
    let answer = move |request| respond(request, result.clone());
    match runtime()?.block_on(serve(args.listen, answer))? {}
}

async fn respond(request: Request<Incoming>, result: Bytes) -> Response<Either<Full<Bytes>, Comments>> {
    if request.method() != Method::POST {
        if request.uri().path() == "/sse" {
            let mut stream = Response::new(Either::Right(Comments::start()));
            stream.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            return stream;
        }
        return empty(StatusCode::OK).map(Either::Left);
    }
    let Ok(body) = request.into_body().collect().await else {
        return empty(StatusCode::BAD_REQUEST).map(Either::Left);
    };
    let answer = match Envelope::parse(&body.to_bytes()) {
        Some(envelope) => json(envelope.answer(&result)),
        None => empty(StatusCode::BAD_REQUEST),
    };
    answer.map(Either::Left)
}
