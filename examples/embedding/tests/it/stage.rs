//! What the tests share: the application on a port of its own, the person at the consent page, and the official Rust SDK
//! as their client.

use std::net::SocketAddr;

use embedding_example::application;
use embedding_example::secrets::Vault;
use openphone_client::{OpenPhone, recommended_http_client};
use openphone_sandbox::{RunningSandbox, Sandbox};
use rmcp::model::{CallToolRequestParams, CallToolResult, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService, ServiceError};
use rmcp::transport::auth::{AuthorizationCallback, AuthorizationManager, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{AuthClient, StreamableHttpClientTransport};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A workspace of the sandbox, and its inbox.
pub(crate) const ALPHA: &str = "sandbox-key-workspace-alpha";
pub(crate) const DESK: &str = "+14155550150";

/// A connected client.
pub(crate) type Client = RunningService<RoleClient, ()>;

/// The running application.
pub(crate) struct Stage {
    /// Where it is.
    pub(crate) origin: String,
    pub(crate) sandbox: RunningSandbox,
    pub(crate) http: reqwest::Client,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let openphone = OpenPhone::builder(recommended_http_client("board").unwrap())
            .base_url(sandbox.base_url().parse().unwrap())
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let (application, _) = application(&origin, openphone, &Vault::for_a_trial(), stop).unwrap();
        let service = application.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        #[expect(clippy::disallowed_methods, reason = "a test's own client, not the server's")]
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { origin, sandbox, http }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.at(path)).send().await.unwrap()
    }

    /// A document that must be there.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// Has the SDK find the login from the endpoint alone, the person agree and tick these choices, and the SDK take its
    /// tokens. `scopes`: what it asks for; none: what the server offers.
    pub(crate) async fn sign_in(&self, scopes: &[&str], ticked: &[&str]) -> AuthorizationManager {
        let mut state = OAuthState::new(self.at("/phone/mcp"), None).await.unwrap();
        let mut request =
            AuthorizationRequest::new("http://localhost:9/callback").with_client_name("A client");
        if !scopes.is_empty() {
            request = request.with_scopes(scopes.iter().copied());
        }
        state.start_authorization(request).await.unwrap();
        let url = state.get_authorization_url().await.unwrap();
        assert!(url.starts_with(&self.at("/phone/authorize?")), "{url}");

        let page = self.http.get(url).send().await.unwrap();
        let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let page = page.text().await.unwrap();
        let checked = self.submit(&page, &cookie, &[("api_key", ALPHA), ("decision", "check")]).await;
        assert_eq!(checked.status(), 200);
        let ticked = ticked.iter().map(|name| (*name, "on"));
        let form: Vec<_> = [("decision", "approve")].into_iter().chain(ticked).collect();
        let answer = self.submit(&checked.text().await.unwrap(), &cookie, &form).await;
        assert_eq!(answer.status(), 303);
        let callback =
            AuthorizationCallback::from_redirect_url(answer.headers()["location"].to_str().unwrap());
        let callback = callback.unwrap();
        assert_eq!(callback.issuer.as_deref(), Some(self.at("/phone").as_str()));
        let issuer = callback.issuer.as_deref();
        state.handle_callback_with_issuer(&callback.code, &callback.csrf_token, issuer).await.unwrap();
        state.into_authorization_manager().unwrap()
    }

    /// Sends the form of the consent page, its hidden fields and these.
    async fn submit(&self, page: &str, cookie: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            rest.split('"').next().map(|value| value.replace("&amp;", "&"))
        };
        let tags = |name: &'static str| page.split(name).skip(1).filter_map(|rest| rest.split('>').next());
        let action = tags("<form").find_map(|tag| attribute(tag, "action")).unwrap();
        let mut form: Vec<(String, String)> = tags("<input")
            .filter(|tag| tag.contains("type=\"hidden\""))
            .map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()))
            .collect();
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let page = url::Url::parse(&self.at("/phone/authorize")).unwrap();
        self.http
            .post(page.join(&action).unwrap())
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookie)
            .form(&form)
            .send()
            .await
            .unwrap()
    }

    /// Signs in and connects.
    pub(crate) async fn connect(&self, ticked: &[&str]) -> Client {
        let manager = self.sign_in(&[], ticked).await;
        let transport = StreamableHttpClientTransport::with_client(
            AuthClient::new(self.http.clone(), manager),
            StreamableHttpClientTransportConfig::with_uri(self.at("/phone/mcp")),
        );
        let newest =
            ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
        ().serve_with_lifecycle(transport, newest).await.unwrap()
    }

    /// The application's journal, once `wanted` is in it: records are written beside the calls.
    pub(crate) async fn journal(&self, wanted: &str) -> String {
        let mut journal = String::new();
        for _ in 0..200 {
            journal = self.get("/journal").await.text().await.unwrap();
            if journal.contains(wanted) {
                return journal;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("`{wanted}` is not in the journal:\n{journal}");
    }
}

/// Calls a tool.
pub(crate) async fn call(
    client: &Client,
    name: &'static str,
    arguments: Value,
) -> Result<CallToolResult, ServiceError> {
    let arguments = arguments.as_object().cloned().unwrap();
    client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await
}

/// The names of the tools that the client sees.
pub(crate) async fn tools(client: &Client) -> Vec<String> {
    client.list_all_tools().await.unwrap().into_iter().map(|tool| tool.name.to_string()).collect()
}

/// The text of a result.
pub(crate) fn text(result: &CallToolResult) -> String {
    serde_json::to_value(&result.content).unwrap()[0]["text"].as_str().unwrap().to_owned()
}
