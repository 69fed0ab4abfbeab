//! Every sealed thing, presented where every other one belongs. `tampering` changes them.

use oauth_server::Refusal;
use sealing::Purpose;

use crate::rig::{CLAUDE, KEY, Rig, authorization, encode, outcome, parameter, redemption};

/// One of each kind, all genuine and fresh.
async fn sealed_things(rig: &Rig) -> Vec<(&'static str, String)> {
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let page = rig.open_page(&authorization(&client, CLAUDE)).await;
    let code = rig.code(&client).await;
    let take = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let grant = rig.check(&take("access_token"), "/mcp").await.unwrap();
    vec![
        ("client_id", client),
        ("transaction", page.transaction),
        ("code", code),
        ("access_token", take("access_token")),
        ("refresh_token", take("refresh_token")),
        ("relayed_grant", rig.server.seal_grant(&grant).unwrap()),
    ]
}

#[tokio::test]
async fn k1_n4_no_sealed_thing_passes_for_another() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    for (kind, thing) in sealed_things(&rig).await {
        if kind != "access_token" {
            assert!(rig.check(&thing, "/mcp").await.is_err(), "{kind} as a bearer");
        }
        if kind != "relayed_grant" {
            let opened = rig.server.open_grant(&thing, "/mcp").await;
            assert_eq!(opened.unwrap_err(), Refusal::NotAuthentic, "{kind} as a relayed grant");
        }
        if kind != "refresh_token" {
            let response = rig.refresh(&client, &thing).await;
            assert_eq!(outcome(&response), "400 invalid_grant", "{kind} as a refresh token");
        }
        if kind != "code" {
            let response = rig.redeem(&client, &thing).await;
            assert_eq!(outcome(&response), "400 invalid_grant", "{kind} as a code");
        }
        if kind != "client_id" {
            let query = encode(&authorization(&thing, CLAUDE));
            assert_eq!(outcome(&rig.get(&format!("/authorize?{query}")).await), "400 page", "{kind}");
            let response = rig.post("/token", &redemption(&thing, "x")).await;
            assert_eq!(outcome(&response), "401 invalid_client", "{kind} as a client_id");
        }
        if kind != "transaction" {
            let mut page = rig.open_page(&authorization(&client, CLAUDE)).await;
            page.transaction = thing;
            let response = rig.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
            assert_eq!(outcome(&response), "400 page", "{kind} as a transaction");
        }
    }
}

/// Even with the right prefix and the right keys: each purpose has a key of its own.
#[tokio::test]
async fn n4_a_new_prefix_makes_no_new_kind() {
    let rig = Rig::new();
    for (kind, thing) in sealed_things(&rig).await {
        if kind == "access_token" {
            continue;
        }
        let rest = thing.split_once('_').unwrap().1;
        assert!(rig.check(&format!("opqat_{rest}"), "/mcp").await.is_err(), "{kind}");
    }
}

/// Well sealed is not enough: the content must be whole, of our version, and nothing more.
#[tokio::test]
async fn n4_a_sealed_body_of_another_layout_is_refused() {
    const ACCESS: Purpose = Purpose::new("opqat", "access-token");
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let tokens = rig.login(&client).await;
    let body = rig.sealer().open(ACCESS, tokens["access_token"].as_str().unwrap()).unwrap();
    let longer = [&body[..], &[0]].concat();
    let (older, newer) = ([&[1], &body[1..]].concat(), [&[3], &body[1..]].concat());
    for bytes in [&longer[..], &older, &newer, &body[..body.len() - 1], &[], &[2], &[2; 40]] {
        assert!(rig.check(&rig.sealer().seal(ACCESS, bytes), "/mcp").await.is_err());
    }
    assert!(rig.check(&rig.sealer().seal(ACCESS, &body), "/mcp").await.is_ok());
}

#[tokio::test]
async fn f5_a_code_of_one_client_says_nothing_to_another() {
    let rig = Rig::new();
    let client = rig.client(&[CLAUDE]).await;
    let url = rig.approve(&authorization(&client, CLAUDE)).await;
    let code = parameter(&url, "code").unwrap();
    let other = rig.client(&[CLAUDE]).await;
    assert_eq!(outcome(&rig.redeem(&other, &code).await), "400 invalid_grant");
    assert_eq!(outcome(&rig.redeem(&client, &code).await), "200");
}
