//! Clients that the operator has set up.

use http::StatusCode;
use oauth_server::{AuthorizationServer, PreregisteredClient, Settings};
use sealing::SecretString;

use crate::documents::{APP, FakeHosts, document};
use crate::rig::{
    CLAUDE, ISSUER, Rig, authorization, but, encode, json, outcome, parameter, redemption, settings, text,
};

const SECRET: &str = "a-secret-of-the-operators-making";
const INTRANET: &str = "https://intranet.example.com/callback";

fn with_clients(clients: Vec<PreregisteredClient>) -> Settings {
    let mut settings = settings(ISSUER);
    settings.clients = clients;
    settings
}

#[tokio::test]
async fn h15_an_operators_client_connects_with_its_secret_and_its_own_host() {
    let client = PreregisteredClient::new("intranet-agent", "Intranet", [INTRANET])
        .secret(SecretString::new(SECRET.to_owned()));
    let rig = Rig::with(with_clients(vec![client]));
    let url = rig.approve(&authorization("intranet-agent", INTRANET)).await;
    let code = parameter(&url, "code").unwrap();
    let form = but(redemption("intranet-agent", &code), "redirect_uri", Some(INTRANET));
    for wrong in [None, Some("another-secret-of-somebody")] {
        let form = but(form.clone(), "client_secret", wrong);
        assert_eq!(outcome(&rig.post("/token", &form).await), "401 invalid_client");
    }
    let response = rig.post("/token", &but(form, "client_secret", Some(SECRET))).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
    let refresh = json(&response)["refresh_token"].as_str().unwrap().to_owned();
    // The other way to send a secret.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("intranet-agent:{SECRET}"),
    );
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let basic = format!("Basic {basic}");
    let response = rig.post_with("/token", &[("authorization", &basic)], &form).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
}

#[tokio::test]
async fn h15_the_operators_word_comes_before_a_document() {
    let hosts = FakeHosts::new();
    hosts.serve(APP, &document(APP, &[CLAUDE]));
    let mut settings =
        with_clients(vec![PreregisteredClient::new(APP, "Ours", ["http://localhost/callback"])]);
    settings.client_documents = Some(hosts.clone());
    let rig = Rig::with(settings);
    let page = |uri: &'static str| encode(&authorization(APP, uri));
    let response = rig.get(&format!("/authorize?{}", page("http://localhost:8080/callback"))).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(&response).contains("Ours"));
    let response = rig.get(&format!("/authorize?{}", page(CLAUDE))).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(hosts.fetches(), 0);
}

#[tokio::test]
async fn h15_a_host_is_trusted_for_its_own_client_alone() {
    let rig =
        Rig::with(with_clients(vec![PreregisteredClient::new("intranet-agent", "Intranet", [INTRANET])]));
    let metadata = serde_json::json!({ "redirect_uris": [INTRANET], "token_endpoint_auth_method": "none" });
    assert_eq!(outcome(&rig.register(&metadata).await), "400 invalid_redirect_uri");
    let registered = rig.client(&[CLAUDE]).await;
    let response = rig.get(&format!("/authorize?{}", encode(&authorization(&registered, INTRANET)))).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let path = format!(
        "/authorize?{}",
        encode(&authorization("intranet-agent", "https://intranet.example.com/callback/"))
    );
    assert_eq!(rig.get(&path).await.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn h15_what_an_operator_cannot_set_up() {
    let new = |id: &str, uris: &[&str]| PreregisteredClient::new(id, "x", uris.iter().copied());
    let secret = |text: &str| SecretString::new(text.to_owned());
    let rig = Rig::new();
    for (clients, reason) in [
        (vec![new("", &[CLAUDE])], "printable"),
        (vec![new("a b", &[CLAUDE])], "printable"),
        (vec![new(&"a".repeat(513), &[CLAUDE])], "printable"),
        (vec![new("a:b", &[CLAUDE]).secret(secret(SECRET))], "printable"),
        (vec![new("a", &[])], "no redirect URI"),
        (vec![new("a", &["http://intranet.example.com/callback"])], "it is http"),
        (vec![new("a", &["javascript:alert(1)"])], "scheme"),
        (vec![new("a", &[CLAUDE]).secret(secret("short"))], "shorter than 16"),
        (vec![new("a", &[CLAUDE]), new("a", &[INTRANET])], "twice"),
    ] {
        let settings = with_clients(clients);
        let refused = AuthorizationServer::new(
            settings,
            rig.service.clone(),
            rig.store.clone(),
            rig.clock.clone(),
            std::sync::Arc::new(sealing::OsEntropy),
            rig.sealer(),
            sealing::Keys::generate(&sealing::OsEntropy).fingerprint,
        );
        let error = refused.expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains(SECRET) && !error.contains("short\""), "{error}");
    }
}
