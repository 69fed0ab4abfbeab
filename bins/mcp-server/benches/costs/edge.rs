//! The whole server as it is deployed behind a proxy, but for the socket: connections are ends of a pipe in memory. What the
//! other end does, which is little, counts too.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use clap::Parser as _;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use mcp_server::app::App;
use mcp_server::args::{Cli, Command};
use mcp_server::config::Settings;
use mcp_server::edge::listener;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_util::sync::CancellationToken;

use crate::Failure;
use crate::counter::Counter;
use crate::login::{Authorizes, ISSUER, Login};
use crate::requests::HOST;
use crate::requests::Message;
use crate::requests::Revision::{Legacy, Modern};
use crate::upstream::{KEY, Upstream};

/// The proxy's address.
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
/// More than the longest answer: nobody waits for room.
const PIPE: usize = 1 << 20;

impl Authorizes for App {
    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Failure> {
        let (head, body) = self.route(request).await.into_parts();
        let body = body.collect().await.map_err(|error| format!("the answer broke off: {error}"))?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

pub(crate) fn count(counter: &Counter) -> Result<(), Failure> {
    if !counter.wants("edge/") {
        return Ok(());
    }
    let upstream = Upstream::start()?;
    let folder = tempfile::tempdir()?;
    let app = counter.runtime().block_on(app(&upstream, folder.path()))?;
    let login = counter.runtime().block_on(Login::new(&*app, KEY))?;
    let token = Some(login.access_token.as_str());
    // From here on nothing waits for the API, and no timer is to go off.
    counter.runtime().block_on(async { tokio::time::pause() });

    let list = |revision| Message::new(revision, "tools/list", json!({}));
    let wrong = json!({ "inbox": "Front desk", "participant": 14155550101_u64, "maxResults": 100_000 });
    let activity =
        Message::call(Modern, "list-recent-activity", &json!({ "timeZone": "America/Los_Angeles" }));
    let page = format!(
        "GET / HTTP/1.1\r\nhost: {HOST}\r\naccept: text/html\r\nx-forwarded-for: 203.0.113.7\r\n\r\n"
    );
    for (name, request, status, expected) in [
        ("edge/list-modern", list(Modern).bytes(token), 200, "fetch-call-transcripts"),
        ("edge/list-legacy", list(Legacy).bytes(token), 200, "fetch-call-transcripts"),
        ("edge/call", activity.bytes(token), 200, "0 action(s)"),
        ("edge/arguments", Message::call(Modern, "fetch-messages", &wrong).bytes(token), 200, "maxResults"),
        ("edge/no-token", list(Modern).bytes(None), 401, "error"),
        ("edge/page", page.into_bytes(), 200, "</html>"),
    ] {
        let mut connection = counter.runtime().block_on(async { Connection::open(&app) });
        counter
            .runtime()
            .block_on(connection.examine(&request, status, expected))
            .map_err(|error| format!("{name}: {error}"))?;
        counter.count(name, async || connection.ask(&request, status).await.map(drop))?;
    }
    counter.runtime().block_on(async { tokio::time::resume() });
    Ok(())
}

/// A server that limits nobody that comes here, and counts all the same.
async fn app(upstream: &Upstream, folder: &std::path::Path) -> Result<Arc<App>, Failure> {
    let folder = folder.to_str().ok_or("a folder of an unreadable name")?;
    let rates = ["--address-rate", "--grant-rate", "--key-rate", "--overall-rate"];
    let mut arguments =
        vec!["mcp-server", "serve", "--sandbox", "--data-dir", folder, "--public-url", ISSUER];
    arguments.extend(["--trusted-proxies", "10.0.0.0/8"]);
    arguments.extend(rates.into_iter().flat_map(|rate| [rate, "100000/s"]));
    let Command::Serve(args) = Cli::try_parse_from(arguments)?.command else {
        return Err("not to serve".into());
    };
    let settings = Settings::resolve(&args)?;
    let public_url = settings.public_url(settings.listen)?;
    let app = App::build(&settings, &public_url, upstream.url(), CancellationToken::new()).await?;
    Ok(Arc::new(app))
}

/// A client's end.
struct Connection {
    stream: DuplexStream,
    answer: Vec<u8>,
}

impl Connection {
    fn open(app: &Arc<App>) -> Self {
        let (stream, other) = tokio::io::duplex(PIPE);
        tokio::spawn(listener::serve_stream(Arc::clone(app), other, PROXY));
        Self { stream, answer: Vec::with_capacity(PIPE) }
    }

    /// Asks, and looks closely at the answer.
    async fn examine(&mut self, request: &[u8], status: u16, expected: &str) -> Result<(), Failure> {
        let answer = String::from_utf8_lossy(self.ask(request, status).await?).into_owned();
        if answer.contains(expected) { Ok(()) } else { Err(format!("no {expected} in {answer}").into()) }
    }

    /// Asks, and reads the whole answer.
    async fn ask(&mut self, request: &[u8], status: u16) -> Result<&[u8], Failure> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err("the connection was closed".into());
            }
            if let Some(length) = length(&self.answer)
                && self.answer.len() >= length
            {
                break;
            }
        }
        let answered =
            self.answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if answered == Some(status) {
            return Ok(&self.answer);
        }
        Err(format!("not {status}: {}", String::from_utf8_lossy(&self.answer)).into())
    }
}

/// How long the answer is in all, once its head is there.
fn length(answer: &[u8]) -> Option<usize> {
    const NAME: &str = "\r\ncontent-length: ";
    let head = std::str::from_utf8(&answer[..answer.len().min(4096)]).unwrap_or_else(|error| {
        // Characters of the body are cut apart.
        std::str::from_utf8(&answer[..error.valid_up_to()]).unwrap_or_default()
    });
    let head = &head[..head.find("\r\n\r\n")?];
    let value = &head[head.find(NAME)? + NAME.len()..];
    let body: usize = value.split('\r').next()?.parse().ok()?;
    Some(head.len() + 4 + body)
}
