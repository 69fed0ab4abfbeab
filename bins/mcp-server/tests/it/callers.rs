//! The ways in which a credential reaches a call: which of them counts, who is whom, and what becomes of keys that fail.

use std::fmt::Write as _;

use openphone_sandbox::{Fault, On, Sandbox};
use serde_json::{Value, json};

use crate::support::login::{ALPHA, client};
use crate::support::mcp::{LEGACY, MODERN};
use crate::support::redis::RedisServer;
use crate::support::server::run;
use crate::support::stream::initialize;
use crate::support::{Login, Mcp, TestServer};

/// A key of a third workspace.
const SEVEN: &str = "sandbox-key-workspace-7";
const HEADER: &str = "x-openphone-api-key";
const TOKEN: &str = "access-token-0123456789-0123456789-abcdef";

/// An answer to "which account is this?".
struct Told {
    status: u16,
    challenge: String,
    retry_after: Option<u64>,
    body: Value,
}

/// Asks at a path, with these headers and nothing else that could be a credential.
async fn ask(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Told {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "get-profile", "arguments": {}, "_meta": meta } });
    let mut request = client()
        .post(format!("{}{path}", server.url))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", MODERN)
        .header("mcp-method", "tools/call")
        .header("mcp-name", "get-profile");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.json(&call).send().await.unwrap();
    let text = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    Told {
        status: response.status().as_u16(),
        challenge: text("www-authenticate").unwrap_or_default(),
        retry_after: text("retry-after").map(|seconds| seconds.parse().unwrap()),
        body: response.json().await.unwrap(),
    }
}

impl Told {
    /// Whose workspace answered, or how the refusal was put.
    fn in_short(&self) -> String {
        let profile = &self.body["result"]["structuredContent"];
        if self.status == 200 {
            return format!(
                "{} ({})",
                profile["name"].as_str().unwrap(),
                profile["client"].as_str().unwrap()
            );
        }
        let scheme = self.challenge.split([' ', '=']).next().unwrap_or_default();
        let parts = [self.body["error"].as_str().unwrap_or_default(), scheme];
        let said = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
        format!("{} {said}", self.status).trim_end().to_owned()
    }
}

/// Every combination of what a request shows and what the operator has turned on.
#[tokio::test]
async fn which_credential_counts() {
    let sandbox = Sandbox::start().await.unwrap();
    let upstream = sandbox.base_url();
    let with_token = [("OPENPHONE_MCP_ACCESS_TOKEN", TOKEN)];
    let mut table = String::new();
    for (deployment, options, variables) in [
        ("OAuth alone", &[][..], &[][..]),
        ("--header-keys", &["--header-keys"], &[]),
        ("--single-tenant", &["--single-tenant"], &[]),
        ("--single-tenant --header-keys", &["--single-tenant", "--header-keys"], &[]),
        ("--single-tenant, access token", &["--single-tenant"], &with_token),
        ("--single-tenant --header-keys, access token", &["--single-tenant", "--header-keys"], &with_token),
    ] {
        let server = TestServer::start_before_with(&upstream, options, variables);
        server.keep_secret(TOKEN);
        let login = Login::with_key(&server, ALPHA).await;
        let (bearer, token) = (format!("Bearer {}", login.access_token), format!("Bearer {TOKEN}"));
        writeln!(table, "\n{deployment}").unwrap();
        for (authorization, value) in [
            ("nothing", None),
            ("a grant", Some(bearer.as_str())),
            ("a bad bearer", Some("Bearer nonsense")),
            ("another scheme", Some("Basic dXNlcjpwYXNz")),
            ("the access token", Some(&*token)),
        ] {
            for (key, shown) in [("no key", None), ("a key", Some(SEVEN)), ("a bad key", Some("nonsense"))] {
                let mut headers = Vec::new();
                headers.extend(value.map(|value| ("authorization", value)));
                headers.extend(shown.map(|key| (HEADER, key)));
                let told = ask(&server, "/mcp", &headers).await;
                writeln!(table, "  {authorization}, {key}: {}", told.in_short()).unwrap();
                // A key in the URL is refused whatever else is shown.
                let told = ask(&server, &format!("/mcp?api_key={SEVEN}"), &headers).await;
                assert_eq!(
                    (told.status, &told.body["error"]),
                    (400, &json!("invalid_request")),
                    "{deployment}"
                );
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// What a key alone may do, and that it is asked about once.
#[tokio::test]
async fn a_key_in_a_header_reads_and_writes_and_the_operators_limits_hold() {
    let sandbox = Sandbox::start().await.unwrap();
    let options = ["--header-keys", "--texts-per-day", "3"];
    let server = TestServer::start_before_with(&sandbox.base_url(), &options, &[]);
    let key = [(HEADER, SEVEN)];
    let told = ask(&server, "/mcp", &key).await;
    let profile = &told.body["result"]["structuredContent"];
    assert_eq!(profile["scopes"], json!(["openphone:read", "openphone:write"]), "{profile}");
    assert_eq!(profile["quotaLeft"]["today"], 3, "the operator's limit: {profile}");
    let told = ask(&server, "/mcp/readonly", &key).await;
    assert!(told.body["result"]["structuredContent"]["quotaLeft"].is_null(), "{}", told.body);

    let asked = || sandbox.sandbox().request_log().values().sum::<u64>();
    let before = asked();
    let many = (0..5).map(|_| ask(&server, "/mcp", &key));
    let answers = futures_util::future::join_all(many).await;
    assert!(answers.iter().all(|told| told.status == 200));
    assert_eq!(asked() - before, 5, "the calls alone: the key is known");

    // The chatgpt set is for who says to be ChatGPT, as for any client that is not known by a host.
    let named = [(HEADER, SEVEN), ("user-agent", "openai-mcp/1.0.0")];
    assert_eq!(ask(&server, "/mcp", &named).await.body["error"]["code"], -32602);
}

/// A key that is refused is not called a token that is refused: clients would drop what works.
#[tokio::test]
async fn a_wrong_key_is_told_apart_from_trouble() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = TestServer::over(&sandbox).await;
    let told = ask(&server, "/mcp", &[(HEADER, "nonsense")]).await;
    assert_eq!((told.status, &told.body["error"]), (401, &json!("invalid_key")));
    assert_eq!(told.challenge, "OpenPhone-API-Key realm=\"OpenPhone MCP\"");
    for (key, status) in [("", 401), ("two words", 401), (&*"k".repeat(600), 401)] {
        assert_eq!(ask(&server, "/mcp", &[(HEADER, key)]).await.status, status, "{key}");
    }
    assert_eq!(ask(&server, "/mcp", &[(HEADER, SEVEN), (HEADER, SEVEN)]).await.status, 400);

    let faults = sandbox.sandbox().faults();
    for (n, fault) in [
        Fault::too_many_requests(Some(7)),
        Fault::server_error(),
        Fault::unavailable(None),
        Fault::close(),
        Fault::malformed_json(),
    ]
    .into_iter()
    .enumerate()
    {
        let fault_name = format!("{fault:?}");
        faults.always(On::any(), fault);
        let told = ask(&server, "/mcp", &[(HEADER, &format!("sandbox-key-workspace-{}", 100 + n))]).await;
        assert_eq!(
            (told.status, &told.body["error"]),
            (503, &json!("temporarily_unavailable")),
            "{fault_name}"
        );
        assert!(told.retry_after.is_some() && told.challenge.is_empty(), "{fault_name}");
        faults.clear();
    }
}

/// The sandbox's keys are public: a server before the real API does not even ask about them.
#[tokio::test]
async fn keys_of_the_sandbox_exist_only_with_it() {
    // Nothing listens there: asking would be a 503.
    let upstream = "https://192.0.2.1";
    let server = TestServer::start_before_with(upstream, &["--header-keys"], &[]);
    let told = ask(&server, "/mcp", &[(HEADER, ALPHA)]).await;
    assert_eq!((told.status, &told.body["error"]), (401, &json!("invalid_key")));
    let sandbox = TestServer::start();
    assert_eq!(ask(&sandbox, "/mcp", &[(HEADER, ALPHA)]).await.status, 200);
}

#[tokio::test]
async fn a_key_that_was_deleted_stops_working_and_takes_its_grants_along() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = TestServer::over(&sandbox).await;
    let login = Login::with_key(&server, SEVEN).await;
    assert_eq!(ask(&server, "/mcp", &[(HEADER, SEVEN)]).await.status, 200);
    sandbox.sandbox().faults().revoke_key(SEVEN);
    // What is remembered of the key lets the call through, and OpenPhone refuses it.
    let told = ask(&server, "/mcp", &[(HEADER, SEVEN)]).await;
    assert_eq!((told.status, &told.body["result"]["isError"]), (200, &json!(true)), "{}", told.body);
    let told = ask(&server, "/mcp", &[(HEADER, SEVEN)]).await;
    assert_eq!((told.status, &told.body["error"]), (401, &json!("invalid_key")));
    let bearer = format!("Bearer {}", login.access_token);
    assert_eq!(ask(&server, "/mcp", &[("authorization", &bearer)]).await.status, 401);
}

#[tokio::test]
async fn keys_are_not_guessed() {
    let server = TestServer::start();
    let mut statuses = Vec::new();
    for n in 0..14 {
        let told = ask(&server, "/mcp", &[(HEADER, &format!("guess-{n}"))]).await;
        assert_eq!(told.status == 429, told.retry_after.is_some());
        statuses.push(told.status);
    }
    assert_eq!((statuses[9], statuses[10], statuses[13]), (401, 429, 429), "{statuses:?}");
    // Grants are nobody's guess, and are not held up.
    let login = Login::with_key(&server, ALPHA).await;
    assert!(!Mcp::new(&server, &login.access_token).tools().await.is_empty());
}

/// A stream, opened with one credential, and messages for it with others. Returns the statuses of the posts.
async fn posts(
    opener: &TestServer,
    poster: &TestServer,
    open: (&str, &str),
    post: &[(&str, &str)],
) -> Vec<u16> {
    let stream = client().get(format!("{}/sse", opener.url)).header(open.0, open.1).send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let mut stream = stream;
    let mut text = String::new();
    while !text.contains("\n\n") {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    let endpoint = text.lines().find_map(|line| line.strip_prefix("data:")).unwrap().trim().to_owned();
    let mut statuses = Vec::new();
    for (name, value) in post {
        let target = format!("{}{endpoint}", poster.url);
        let posted = client().post(target).header(*name, *value).json(&initialize()).send().await.unwrap();
        statuses.push(posted.status().as_u16());
    }
    statuses
}

/// What is opened for a grant, or for a key by one way, does not exist for any other, even of the same workspace.
#[tokio::test]
async fn grants_and_keys_are_parties_of_their_own() {
    let sandbox = Sandbox::start().await.unwrap();
    let options = ["--header-keys", "--single-tenant"];
    let variables = [("OPENPHONE_API_KEY", ALPHA), ("OPENPHONE_MCP_ACCESS_TOKEN", TOKEN)];
    let server = TestServer::start_before_with(&sandbox.base_url(), &options, &variables);
    let (one, two) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, ALPHA).await);
    let bearer = |token: &str| format!("Bearer {token}");
    let (one, two, operator) = (bearer(&one.access_token), bearer(&two.access_token), bearer(TOKEN));
    let all = [
        ("authorization", one.as_str()),
        ("authorization", two.as_str()),
        ("authorization", operator.as_str()),
        (HEADER, ALPHA),
        (HEADER, SEVEN),
    ];
    for (own, opener) in all.into_iter().enumerate() {
        let statuses = posts(&server, &server, opener, &all).await;
        let expected: Vec<u16> = (0..all.len()).map(|n| if n == own { 202 } else { 404 }).collect();
        assert_eq!(statuses, expected, "opened by {own}");
    }

    // A session of the legacy revisions is one party's, too.
    let open = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": LEGACY, "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "test", "version": "1" } } });
    let post = async |who: (&str, &str), session: Option<&str>, body: &Value| {
        let mut request = client()
            .post(server.mcp())
            .header("accept", "application/json, text/event-stream")
            .header(who.0, who.1)
            .header("mcp-protocol-version", LEGACY);
        if let Some(session) = session {
            request = request.header("mcp-session-id", session);
        }
        request.json(body).send().await.unwrap()
    };
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    for (own, opener) in all.into_iter().enumerate() {
        let opened = post(opener, None, &open).await;
        let session = opened.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        for (n, who) in all.into_iter().enumerate() {
            let status = post(who, Some(&session), &list).await.status();
            assert_eq!(status, if n == own { 200 } else { 404 }, "{n} in the session of {own}");
        }
    }
}

/// A message reaches its stream through another instance, whichever way its sender is known.
#[tokio::test]
async fn keys_travel_between_instances() {
    let Some(redis) = RedisServer::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let a = TestServer::instance(folder.path(), &redis.url(), None);
    let b = TestServer::instance(folder.path(), &redis.url(), Some(&a));
    let monitor = redis.monitor().await;
    let both = [(HEADER, ALPHA), (HEADER, SEVEN)];
    assert_eq!(posts(&a, &b, (HEADER, ALPHA), &both).await, [202, 404]);
    let seen = monitor.heard().await;
    assert!(!seen.contains("sandbox-key"), "a key went through the store in clear");
}

#[tokio::test]
async fn pages_may_send_a_key_only_where_it_is_taken() {
    let sandbox = Sandbox::start().await.unwrap();
    for (options, expected) in [(&[][..], false), (&["--header-keys"], true)] {
        let server = TestServer::start_before_with(&sandbox.base_url(), options, &[]);
        let preflight = client()
            .request(http::Method::OPTIONS, server.mcp())
            .header("origin", &server.url)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", HEADER)
            .send();
        let allowed = preflight.await.unwrap().headers()["access-control-allow-headers"].clone();
        assert_eq!(allowed.to_str().unwrap().contains(HEADER), expected, "{allowed:?}");
    }
}

/// Lending a key is refused where anybody could come, and pages of strangers cannot use what is open on this machine.
#[tokio::test]
async fn the_operators_key_is_not_lent_by_accident() {
    for line in [
        "serve --single-tenant --listen 0.0.0.0:0 --public-url https://mcp.example.com",
        "serve --single-tenant --public-url https://mcp.example.com",
        "serve --single-tenant-open",
    ] {
        let (code, _, err) = run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(code, Some(2), "{line}: {err}");
        assert!(err.contains("--single-tenant"), "{line}: {err}");
    }
    let sandbox = Sandbox::start().await.unwrap();
    let server = TestServer::start_before_with(&sandbox.base_url(), &["--single-tenant"], &[]);
    server.logs("is lent to every program on this machine").await;
    for headers in [[("origin", "https://evil.example")], [("host", "evil.example")]] {
        assert_eq!(ask(&server, "/mcp", &headers).await.status, 403, "{headers:?}");
    }
    let page = client().get(&server.url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("No sign-in here") && !page.contains("Authenticate"));
    let open = TestServer::start_before_with(
        &sandbox.base_url(),
        &["--single-tenant", "--single-tenant-open", "--public-url", "https://mcp.example.com"],
        &[],
    );
    open.logs("is lent to EVERYBODY").await;
}
