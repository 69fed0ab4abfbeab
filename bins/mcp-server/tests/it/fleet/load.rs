//! People who use the deployment while it changes: some text, some read and take new tokens. A client whose connection breaks
//! does what clients do: the same again.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::send_chaos::{Texts, Wish, call, settled};
use crate::support::login::{ALPHA, client};
use crate::support::mcp::MODERN;
use crate::support::{Login, TestServer};

/// People who text, and people who read.
const EACH: usize = 3;
/// Longest wait for an answer where nothing may be lost: a call takes 50 s at most.
pub(super) const PATIENT: Duration = Duration::from_secs(58);
/// Where instances are killed: a repeated call waits for what its predecessor began, in vain if that was killed.
pub(super) const HASTY: Duration = Duration::from_secs(5);
/// Times that a text is tried before it is left for later.
const TRIES: usize = 3;

/// What the people have met.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Texts that were asked for.
    pub wished: Texts,
    /// Texts that are known to have gone out.
    pub settled: Texts,
    /// Calls that are not settled.
    open: Vec<Wish>,
    /// Reads that were answered.
    pub reads: u64,
    /// Tokens that were refreshed.
    pub refreshes: u64,
    /// Requests without an answer.
    pub broken: u64,
    /// Answers that say to try again.
    pub refused: u64,
}

impl Seen {
    /// In one line.
    pub(super) fn summary(&self) -> String {
        let Self { wished, settled, reads, refreshes, broken, refused, .. } = self;
        format!(
            "{} texts, {} settled, {reads} reads, {refreshes} refreshes, {broken} broken, {refused} refused",
            wished.len(),
            settled.len()
        )
    }
}

/// The people.
pub(super) struct Load {
    seen: Arc<Mutex<Seen>>,
    stop: CancellationToken,
    people: JoinSet<()>,
}

impl Load {
    /// They sign in and begin.
    pub(super) async fn begin(front: &TestServer, patience: Duration) -> Self {
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), CancellationToken::new());
        let mut people = JoinSet::new();
        for person in 0..EACH {
            let login = Login::with_key(front, ALPHA).await;
            let client = Client { url: front.url.clone(), patience, seen: Arc::clone(&seen) };
            people.spawn(client.clone().texts(person, login.access_token.clone(), stop.clone()));
            people.spawn(client.reads(login, stop.clone()));
        }
        Self { seen, stop, people }
    }

    /// Returns when everybody has got on by a few requests of each kind.
    pub(super) async fn more(&self) {
        let before = self.seen();
        let started = Instant::now();
        loop {
            let now = self.seen();
            let further = now.settled.len() >= before.settled.len() + 4
                && now.reads >= before.reads + 6
                && now.refreshes >= before.refreshes + 3;
            if further {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(120), "nobody gets on: {}", now.summary());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What they have met so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// They finish what they are at. Whoever was logged out has failed.
    pub(super) async fn end(mut self) -> Seen {
        self.stop.cancel();
        while let Some(ended) = self.people.join_next().await {
            ended.expect("a person's connection goes on");
        }
        self.seen.lock().unwrap().clone()
    }
}

/// One text, or the same to four, each with a number of its own in it.
fn wish(person: usize, turn: usize) -> Wish {
    let number = |index: usize| format!("+1415555{:04}", 120 + index);
    let content = format!("Person {person}, text {turn}.");
    let people = if turn % 5 == 4 { 4 } else { 1 };
    let to: Vec<String> = (0..people).map(|index| number(person * 8 + index)).collect();
    let texts = to.iter().map(|to| (to.clone(), content.clone())).collect();
    let (tool, to) = if people == 1 { ("send-message", json!(to[0])) } else { ("bulk-messages", json!(to)) };
    Wish { tool, arguments: json!({ "from": "Front desk", "to": to, "content": content }), texts }
}

/// What one person uses.
#[derive(Clone)]
struct Client {
    url: String,
    patience: Duration,
    seen: Arc<Mutex<Seen>>,
}

impl Client {
    async fn texts(self, person: usize, token: String, stop: CancellationToken) {
        for turn in 0.. {
            if stop.is_cancelled() {
                return;
            }
            let wish = wish(person, turn);
            self.seen.lock().unwrap().wished.extend(wish.texts.iter().cloned());
            if !self.settle(&token, &wish).await {
                self.seen.lock().unwrap().open.push(wish);
            }
        }
    }

    /// Makes a call until all its texts are known to have gone out; false when that takes too long.
    async fn settle(&self, token: &str, wish: &Wish) -> bool {
        for _ in 0..TRIES {
            let result = call(&self.url, token, wish, self.patience).await;
            let went = settled(wish, result.as_ref());
            let whole = went.len() == wish.texts.len();
            note(&mut self.seen.lock().unwrap(), went, whole, result.is_some());
            if whole {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        false
    }

    async fn reads(self, login: Login, stop: CancellationToken) {
        let (mut access, mut refresh) = (login.access_token, login.refresh_token);
        while !stop.is_cancelled() {
            for _ in 0..2 {
                let answer = self.until_answered(|| list(&self.url, &access)).await;
                assert!(answer["result"]["tools"].is_array(), "{answer}");
                self.seen.lock().unwrap().reads += 1;
            }
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.as_str()),
                ("client_id", login.client_id.as_str()),
            ];
            let tokens =
                self.until_answered(|| client().post(format!("{}/token", self.url)).form(&form)).await;
            let token = |name: &str| tokens[name].as_str().unwrap_or_else(|| panic!("logged out: {tokens}"));
            let next = (token("access_token").to_owned(), token("refresh_token").to_owned());
            (access, refresh) = next;
            self.seen.lock().unwrap().refreshes += 1;
        }
    }

    /// Makes a request again until it is answered by other than "not now".
    async fn until_answered(&self, request: impl Fn() -> reqwest::RequestBuilder) -> Value {
        let started = Instant::now();
        loop {
            let answer = match request().timeout(self.patience).send().await {
                Ok(answer) if answer.status() == 503 => Ok(None),
                Ok(answer) => answer.json().await.map(Some),
                Err(error) => Err(error),
            };
            match answer {
                Ok(Some(answer)) => return answer,
                Ok(None) => self.seen.lock().unwrap().refused += 1,
                Err(_) => self.seen.lock().unwrap().broken += 1,
            }
            // The grace of a repeated refresh is a minute.
            assert!(started.elapsed() < Duration::from_secs(50), "no answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn note(seen: &mut Seen, went: Texts, whole: bool, answered: bool) {
    seen.settled.extend(went);
    match (whole, answered) {
        (true, _) => {}
        (false, true) => seen.refused += 1,
        (false, false) => seen.broken += 1,
    }
}

fn list(url: &str, token: &str) -> reqwest::RequestBuilder {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": { "name": "fleet", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    client()
        .post(format!("{url}/mcp"))
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", MODERN)
        .header("mcp-method", "tools/list")
        .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } }))
}

/// Makes the calls that were left for later.
pub(super) async fn look_back(front: &TestServer, mut seen: Seen) -> Seen {
    let login = Login::with_key(front, ALPHA).await;
    let open = std::mem::take(&mut seen.open);
    let client = Client { url: front.url.clone(), patience: PATIENT, seen: Arc::new(Mutex::new(seen)) };
    for wish in &open {
        client.settle(&login.access_token, wish).await;
    }
    client.seen.lock().unwrap().clone()
}
