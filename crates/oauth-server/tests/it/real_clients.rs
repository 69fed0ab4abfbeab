//! What real clients send, from the registration or the document to the revocation, with every redirect URI that they name.
//!
//! `fixtures/registrations` holds bodies of registrations, `fixtures/documents` metadata documents: what is known of them,
//! as they were in 2026. Which of their URIs are of use under the default policy is a snapshot.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Response, StatusCode};
use oauth_server::FetchError;
use serde_json::{Value, json};

use crate::documents::FakeHosts;
use crate::rig::{
    ISSUER, KEY, Rig, authorization, but, encode, header, json, location, outcome, parameter, redemption,
    settings, text,
};

/// Where a client on the user's computer happens to listen.
const RUNTIME_PORT: u16 = 49_152;

/// The port of a loopback URI, if it has one, and everything around it.
fn at_runtime(uri: &str) -> String {
    let Some(rest) = uri.strip_prefix("http://") else { return uri.to_owned() };
    let (authority, path) = rest.split_once('/').expect("a path");
    let host = authority.split(':').next().unwrap();
    format!("http://{host}:{RUNTIME_PORT}/{path}")
}

/// A folder of fixtures, by name.
fn fixtures(folder: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap())
        })
        .collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

/// What is peculiar to a client's requests beside its registration.
struct Habits {
    state: String,
    /// What it asks for; none where it leaves that to the server.
    scope: Option<&'static str>,
    /// Further parameters of the authorization request.
    extra: &'static [(&'static str, &'static str)],
    /// Whether a refresh names the resource.
    resource_at_refresh: bool,
}

impl Habits {
    fn of(client: &str) -> Self {
        let usual = Self {
            state: "a+b c/%2F&d=é".to_owned(),
            scope: Some("example:read example:write"),
            extra: &[],
            resource_at_refresh: true,
        };
        match client {
            // Once seen with a blank before the one scope.
            "claude" => Self { scope: Some(" offline_access"), extra: &[("prompt", "consent")], ..usual },
            "mcp-remote" => Self { scope: Some("openid email profile"), ..usual },
            // Everything that the server's document lists.
            "chatgpt" | "chatgpt-per-connector" => {
                Self { scope: Some("example:read example:write example:admin offline_access"), ..usual }
            }
            "codex" | "codex-per-server" => Self { scope: None, resource_at_refresh: false, ..usual },
            // Google's proxy keeps its own state in the client's.
            "gemini-custom-app" => Self { state: "Ab3_".repeat(318), ..usual },
            "inspector-web" | "inspector-cli" => Self {
                scope: Some("example:read example:write offline_access"),
                extra: &[("prompt", "consent")],
                ..usual
            },
            _ => usual,
        }
    }
}

/// A client that is known to the server, and how it proves that.
struct Known<'a> {
    id: &'a str,
    method: &'a str,
    secret: &'a str,
}

impl<'a> Known<'a> {
    /// What a registration answered.
    fn registered(answer: &'a Value) -> Self {
        Self {
            id: answer["client_id"].as_str().unwrap(),
            method: answer["token_endpoint_auth_method"].as_str().unwrap(),
            secret: answer["client_secret"].as_str().unwrap_or_default(),
        }
    }

    /// One whose id is its document: without a secret.
    fn described(id: &'a str) -> Self {
        Self { id, method: "none", secret: "" }
    }

    /// Sends a form to `/token` or `/revoke` as the client does.
    async fn post(&self, rig: &Rig, path: &str, form: &[(&str, &str)]) -> Response<bytes::Bytes> {
        let mut form: Vec<_> = form.iter().copied().filter(|(name, _)| *name != "client_id").collect();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)));
        let mut headers = Vec::new();
        match self.method {
            "none" => form.push(("client_id", self.id)),
            "client_secret_post" => form.extend([("client_id", self.id), ("client_secret", self.secret)]),
            "client_secret_basic" => headers.push(("authorization", basic.as_str())),
            other => panic!("{other}"),
        }
        rig.post_with(path, &headers, &form).await
    }

    /// From the consent page at one of its URIs to the tokens, the refresh and the revocation. Says what the person was
    /// told about the URI, or how it was refused.
    async fn live_through(&self, rig: &Rig, name: &str, redirect: &str) -> &'static str {
        let habits = Habits::of(name);
        let query = but(authorization(self.id, redirect), "state", Some(&habits.state));
        let mut query = but(query, "scope", habits.scope);
        query.extend_from_slice(habits.extra);
        let response = rig.get(&format!("/authorize?{}", encode(&query))).await;
        if response.status() != StatusCode::OK {
            assert_eq!(outcome(&response), "400 page", "{name} {redirect}");
            return "refused";
        }
        let page = crate::rig::ConsentPage::new(&response);
        let warned = page.html.contains("This server does not know");
        let mut fields = vec![("api_key", KEY), ("decision", "approve")];
        if warned {
            let unticked = rig.submit(&page, &fields).await;
            assert_eq!(unticked.status(), StatusCode::BAD_REQUEST, "{name}: E20");
            fields.push(("trust_host", "yes"));
        }
        let response = rig.submit(&page, &fields).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{name}: {}", text(&response));
        let url = location(&response);
        assert!(url.starts_with(&format!("{redirect}?")), "C15: {url}");
        assert_eq!(parameter(&url, "state").as_deref(), Some(habits.state.as_str()), "C8: {name}");
        assert_eq!(parameter(&url, "iss").as_deref(), Some(ISSUER), "C14: {name}");
        let code = parameter(&url, "code").unwrap();

        let form = but(redemption(self.id, &code), "redirect_uri", Some(redirect));
        let tokens = self.tokens(rig, &form, name).await;
        assert!(rig.works(&tokens).await, "{name}");
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().expect("a refresh token")),
        ];
        if habits.resource_at_refresh {
            form.push(("resource", "https://mcp.example.com/mcp"));
        }
        let next = self.tokens(rig, &form, name).await;
        assert!(rig.works(&next).await, "{name}");

        let refresh_token = next["refresh_token"].as_str().unwrap();
        let form = [("token", refresh_token), ("token_type_hint", "refresh_token")];
        assert_eq!(outcome(&self.post(rig, "/revoke", &form).await), "200", "{name}");
        for dead in [&tokens, &next] {
            assert!(!rig.works(dead).await, "{name}");
        }
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        assert_eq!(outcome(&self.post(rig, "/token", &form).await), "400 invalid_grant", "{name}");
        if warned { "usable, with the warning" } else { "usable" }
    }

    /// A good answer of `/token`, with nothing in it that a client's schema refuses.
    async fn tokens(&self, rig: &Rig, form: &[(&str, &str)], name: &str) -> Value {
        let response = self.post(rig, "/token", form).await;
        assert_eq!(response.status(), StatusCode::OK, "{name}: {}", text(&response));
        assert_eq!(header(&response, "cache-control"), "no-store");
        let tokens = json(&response);
        assert!(tokens.as_object().unwrap().values().all(|value| !value.is_null()), "{name}");
        tokens
    }
}

/// H3, H4, H5, H6: what a server does not know in a body costs nothing but itself.
#[tokio::test]
async fn h3_h4_h5_h6_c8_what_real_clients_register() {
    let mut seen = BTreeMap::new();
    for (name, body) in fixtures("registrations") {
        let rig = Rig::new();
        let response = rig.register(&body).await;
        let uris = strings(&body["redirect_uris"]);
        if response.status() != StatusCode::CREATED {
            seen.insert(name, json!({ "registration": outcome(&response), "redirect_uris": uris }));
            continue;
        }
        let answer = json(&response);
        assert!(answer.as_object().unwrap().values().all(|value| !value.is_null()), "{name}");
        let client = Known::registered(&answer);
        assert_eq!(answer.get("client_secret").is_none(), client.method == "none", "H6: {name}");
        if let Some(method) = body["token_endpoint_auth_method"].as_str() {
            assert_eq!(client.method, method, "{name}");
        }
        assert_eq!(answer["grant_types"], json!(["authorization_code", "refresh_token"]), "H3: {name}");
        assert_eq!(answer.get("application_type"), body.get("application_type"), "H5: {name}");
        let mut usable = BTreeMap::new();
        for uri in &uris {
            let at = at_runtime(uri);
            let told = client.live_through(&rig, &name, &at).await;
            let echoed = strings(&answer["redirect_uris"]).contains(uri);
            assert_eq!(echoed, told != "refused", "H4: {name} {uri}");
            usable.insert(at, told);
        }
        let kept = json!({ "registration": "201", "method": client.method, "redirect_uris": usable });
        seen.insert(name, kept);
    }
    insta::assert_json_snapshot!(seen);
}

/// I7, I8, I12: the documents as they are published, and what is known of them when their hosts cannot be asked.
#[tokio::test]
async fn i5_i7_i8_i12_what_real_clients_publish() {
    let mut seen = BTreeMap::new();
    for (name, document) in fixtures("documents") {
        let id = document["client_id"].as_str().unwrap();
        let client = Known::described(id);
        let mut usable = BTreeMap::new();
        for uri in strings(&document["redirect_uris"]) {
            let at = at_runtime(uri);
            let hosts = FakeHosts::new();
            hosts.serve(id, &document);
            let published = client.live_through(&with_hosts(&hosts), &name, &at).await;
            hosts.fail(id, FetchError::Status(StatusCode::FORBIDDEN));
            let unreachable = client.live_through(&with_hosts(&hosts), &name, &at).await;
            usable.insert(at, json!({ "published": published, "when its host refuses us": unreachable }));
        }
        seen.insert(name, usable);
    }
    insta::assert_json_snapshot!(seen);
}

fn with_hosts(hosts: &std::sync::Arc<FakeHosts>) -> Rig {
    let mut settings = settings(ISSUER);
    settings.client_documents = Some(hosts.clone());
    Rig::with(settings)
}
