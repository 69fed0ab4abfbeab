//! An independent client library goes the whole way: registration, S256, consent, code, refresh, revocation.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, RefreshToken,
    RevocationUrl, Scope, StandardRevocableToken, TokenResponse as _, TokenUrl,
};
use serde_json::json;

use crate::rig::{CLAUDE, ConsentPage, KEY, Rig, json, location, parameter};

#[tokio::test]
async fn the_oauth2_crate_logs_in_refreshes_and_logs_out() {
    let rig = Rig::new();
    let metadata = json(&rig.get("/.well-known/oauth-authorization-server").await);
    let endpoint = |name: &str| metadata[name].as_str().expect("an endpoint").to_owned();
    let registered = json(
        &rig.register(&json!({
            "client_name": "oauth2",
            "redirect_uris": [CLAUDE],
            "token_endpoint_auth_method": "none",
        }))
        .await,
    );
    let client = BasicClient::new(ClientId::new(registered["client_id"].as_str().unwrap().to_owned()))
        .set_auth_uri(AuthUrl::new(endpoint("authorization_endpoint")).unwrap())
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).unwrap())
        .set_revocation_url(RevocationUrl::new(endpoint("revocation_endpoint")).unwrap())
        .set_redirect_uri(RedirectUrl::new(CLAUDE.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("example:write".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let response = rig.get(&format!("{}?{}", url.path(), url.query().unwrap())).await;
    let page = ConsentPage::new(&response);
    let back = location(&rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await);
    assert_eq!(parameter(&back, "state").as_ref(), Some(state.secret()));
    assert_eq!(parameter(&back, "iss").unwrap(), metadata["issuer"]);

    let http = |request: oauth2::HttpRequest| {
        let server = rig.server.clone();
        async move { Ok::<_, Infallible>(in_process(&server, request).await) }
    };
    let tokens = client
        .exchange_code(AuthorizationCode::new(parameter(&back, "code").unwrap()))
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .expect("tokens");
    let granted: Vec<String> = tokens.scopes().unwrap().iter().map(|scope| scope.to_string()).collect();
    assert_eq!(granted, ["example:read", "example:write"]);
    assert!(rig.check(tokens.access_token().secret(), "/mcp").await.is_ok());

    let refresh_token = tokens.refresh_token().expect("a refresh token").secret().clone();
    let refreshed = client
        .exchange_refresh_token(&RefreshToken::new(refresh_token))
        .request_async(&http)
        .await
        .expect("refreshed tokens");
    assert!(rig.check(refreshed.access_token().secret(), "/mcp").await.is_ok());

    let last = refreshed.refresh_token().expect("a refresh token").clone();
    client
        .revoke_token(StandardRevocableToken::RefreshToken(last))
        .expect("a revocation endpoint")
        .request_async(&http)
        .await
        .expect("revoked");
    assert!(rig.check(refreshed.access_token().secret(), "/mcp").await.is_err());
}

async fn in_process(
    server: &oauth_server::AuthorizationServer,
    request: oauth2::HttpRequest,
) -> oauth2::HttpResponse {
    let request = request.map(|body| Full::new(Bytes::from(body)));
    server.handle(request).await.map(|body| body.to_vec())
}
