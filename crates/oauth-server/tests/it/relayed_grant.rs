//! A grant that one instance seals for another: the same there, and worth no more than its token.

use oauth_server::Refusal;
use sealing::{KeyRing, Kid};

use crate::rig::{CLAUDE, ISSUER, KEY, Rig, SeededEntropy, choices, settings};

async fn refusal(rig: &Rig, sealed: &str, path: &str) -> Refusal {
    rig.server.open_grant(sealed, path).await.unwrap_err()
}

#[tokio::test]
async fn it_is_the_same_grant_on_the_other_instance() {
    let rig = Rig::new();
    rig.service.offer(choices());
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let grant = rig.check(tokens["access_token"].as_str().unwrap(), "/mcp").await.unwrap();
    let sealed = rig.server.seal_grant(&grant).unwrap();
    assert!(!sealed.contains(KEY));

    let other = rig.second_instance().server.open_grant(&sealed, "/sse/message").await.unwrap();
    // Debug shows everything but the credential and the choices.
    assert_eq!(format!("{other:?}"), format!("{grant:?}"));
    assert_eq!(other.credential, grant.credential);
    assert_eq!(other.embedder_data, grant.embedder_data);
    assert_eq!(other.approved_at_ms, grant.approved_at_ms);

    // Passed on once more it gains nothing.
    rig.advance(3599);
    let again = rig.server.seal_grant(&rig.server.open_grant(&sealed, "/mcp").await.unwrap()).unwrap();
    rig.advance(1);
    assert_eq!(refusal(&rig, &again, "/mcp").await, Refusal::Expired);
}

#[tokio::test]
async fn it_ends_when_its_token_does() {
    let rig = Rig::new();
    let second = rig.second_instance();
    let client = rig.client(&[CLAUDE]).await;
    let sealed = async || {
        let tokens = rig.login(&client).await;
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        let grant = rig.check(&access, "/mcp").await.unwrap();
        let sealed = rig.server.seal_grant(&grant).unwrap();
        assert!(second.server.open_grant(&sealed, "/mcp").await.is_ok());
        (sealed, access, grant)
    };

    let (expiring, _, _) = sealed().await;
    rig.advance(3600);
    assert_eq!(refusal(&second, &expiring, "/mcp").await, Refusal::Expired);

    let (revoked, access, _) = sealed().await;
    rig.post("/revoke", &[("client_id", &client), ("token", &access)]).await;
    assert_eq!(refusal(&rig, &revoked, "/mcp").await, Refusal::Revoked, "at once where it was revoked");
    rig.advance(1);
    assert_eq!(refusal(&second, &revoked, "/mcp").await, Refusal::Revoked);

    let (dead, _, grant) = sealed().await;
    rig.advance(1);
    rig.server.revoke_credential(grant.credential_fingerprint).await.unwrap();
    rig.advance(1);
    assert_eq!(refusal(&second, &dead, "/mcp").await, Refusal::Revoked);

    let (kept, _, _) = sealed().await;
    rig.store.set_down(true);
    rig.advance(61);
    assert_eq!(refusal(&second, &kept, "/mcp").await, Refusal::Unavailable);
}

#[tokio::test]
async fn it_is_for_its_endpoint_deployment_and_keys_alone() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let access = tokens["access_token"].as_str().unwrap();
    let grant = rig.check(access, "/mcp").await.unwrap();
    let sealed = rig.server.seal_grant(&grant).unwrap();
    assert_eq!(refusal(&rig, &sealed, "/other").await, Refusal::Audience);
    let elsewhere = rig.same_keys(settings("https://other.example.com"));
    assert_eq!(refusal(&elsewhere, &sealed, "/mcp").await, Refusal::NotAuthentic);
    assert!(rig.same_keys(settings(ISSUER)).server.open_grant(&sealed, "/mcp").await.is_ok());
    let foreign = rig.with_ring(|_| KeyRing::generate(&SeededEntropy::new(9), Kid::parse("k1").unwrap()));
    assert_eq!(refusal(&foreign, &sealed, "/mcp").await, Refusal::NotAuthentic);
    assert_eq!(refusal(&rig, access, "/mcp").await, Refusal::NotAuthentic, "a token is none");
    assert_eq!(refusal(&rig, &sealed[..sealed.len() - 1], "/mcp").await, Refusal::NotAuthentic);
}
