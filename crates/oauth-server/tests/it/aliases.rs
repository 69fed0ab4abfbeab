//! Further names of an endpoint: a client that was given one finds metadata that names it, and can sign in there.

use oauth_server::Settings;

use crate::rig::{
    CLAUDE, ISSUER, Rig, authorization, but, encode, header, json, outcome, parameter, redemption, settings,
};

/// What follows `/mcp/x/`, without and with `/readonly`.
fn names(path: &str) -> Option<&str> {
    path.strip_prefix("/mcp/x/")
}

fn with_aliases(issuer: &str) -> Settings {
    let mut settings = settings(issuer);
    let [all, _, read_only] = &mut settings.resources[..] else { panic!("three resources") };
    *all = all.clone().also_serves(|path| names(path).is_some_and(|rest| !rest.contains('/')));
    *read_only =
        read_only.clone().also_serves(|path| names(path).is_some_and(|rest| rest.ends_with("/readonly")));
    settings
}

/// The rule of the official TypeScript client: the URL typed must lie at or below the metadata's `resource`.
fn client_accepts(resource: &str, typed: &str) -> bool {
    format!("{typed}/").starts_with(&format!("{}/", resource.trim_end_matches('/')))
}

/// RFC 9728 section 3.3, from the tokenless request to the token, as a client does it.
#[tokio::test]
async fn a_client_signs_in_at_an_alias() {
    for (path, scope) in [
        ("/mcp/x/messaging", "example:read example:write"),
        ("/mcp/x/messaging,calls", "example:read example:write"),
        ("/mcp/x/messaging,calls/readonly", "example:read"),
    ] {
        for mount in ["", "/phone"] {
            let issuer = format!("{ISSUER}{mount}");
            let rig = Rig::with(with_aliases(&issuer));
            let typed = format!("{issuer}{path}");

            let refused = rig.check("x", &format!("{mount}{path}")).await.unwrap_err().response();
            let challenge = header(&refused, "www-authenticate");
            let metadata = format!("/.well-known/oauth-protected-resource{mount}{path}");
            assert!(challenge.contains(&format!("resource_metadata=\"{ISSUER}{metadata}\"")), "{challenge}");
            let lacking = rig.server.insufficient_scope(path, &["example:write"]);
            assert!(header(&lacking, "www-authenticate").contains(&metadata), "{typed}");

            assert!(rig.server.owns(&metadata));
            let document = json(&rig.get(&metadata).await);
            assert!(client_accepts(document["resource"].as_str().unwrap(), &typed), "{document} {typed}");
            assert_eq!(document["resource"], typed);
            assert_eq!(document["scopes_supported"], serde_json::json!(scope.split(' ').collect::<Vec<_>>()));
            let server = format!("/.well-known/oauth-authorization-server{mount}{path}");
            assert_eq!(json(&rig.get(&server).await)["issuer"], issuer);

            if mount.is_empty() {
                let client = rig.client(&[CLAUDE]).await;
                let url = rig.approve(&but(authorization(&client, CLAUDE), "resource", Some(&typed))).await;
                let code = parameter(&url, "code").expect("a code");
                let form = but(redemption(&client, &code), "resource", Some(&typed));
                let tokens = json(&rig.post("/token", &form).await);
                assert_eq!(tokens["scope"], scope, "{typed}");
                let token = tokens["access_token"].as_str().expect("a token");
                assert!(rig.check(token, path).await.is_ok(), "{typed}");
                let form = [
                    ("grant_type", "refresh_token"),
                    ("client_id", &client),
                    ("refresh_token", tokens["refresh_token"].as_str().expect("a token")),
                    ("resource", &typed),
                ];
                assert_eq!(outcome(&rig.post("/token", &form).await), "200", "{typed}");
            }
        }
    }
}

/// An alias is its endpoint under another name: the ceiling and the audience are the endpoint's.
#[tokio::test]
async fn an_alias_opens_nothing_that_its_endpoint_does_not() {
    let rig = Rig::with(with_aliases(ISSUER));
    let client = rig.client(&[CLAUDE]).await;
    let narrow = format!("{ISSUER}/mcp/x/calls/readonly");
    let url = rig.approve(&but(authorization(&client, CLAUDE), "resource", Some(&narrow))).await;
    let code = parameter(&url, "code").expect("a code");
    let form = but(redemption(&client, &code), "resource", None);
    let tokens = json(&rig.post("/token", &form).await);
    let token = tokens["access_token"].as_str().expect("a token");
    for (path, works) in [
        ("/mcp/x/calls/readonly", true),
        ("/mcp/readonly", true),
        ("/mcp/x/calls", false),
        ("/mcp", false),
        ("/sse", false),
    ] {
        assert_eq!(rig.check(token, path).await.is_ok(), works, "{path}");
    }
}

/// Whatever the embedder's rule says, only plain and short paths get into a document or a header.
#[tokio::test]
async fn nothing_but_plain_paths_is_reflected() {
    let mut all = settings(ISSUER);
    all.resources[0].aliases = Some(|_| true);
    let rig = Rig::with(all);
    let client = rig.client(&[CLAUDE]).await;
    let longest = format!("/{}", "x".repeat(255));
    let too_long = format!("{longest}x");
    for (path, taken) in [
        ("/plain-path/a,b_c.d", true),
        (longest.as_str(), true),
        (too_long.as_str(), false),
        ("/mcp/x/%6d", false),
        ("/mcp/x/a%22b", false),
        ("/mcp/x/a;b", false),
        ("/mcp/x//a", false),
        ("/mcp/x/../y", false),
        ("/mcp/x/./y", false),
        ("/mcp/x/a~b", false),
    ] {
        let response = rig.get(&format!("/.well-known/oauth-protected-resource{path}")).await;
        assert_eq!(outcome(&response), if taken { "200" } else { "404 not_found" }, "{path}");
        let resource = format!("{ISSUER}{path}");
        let query = but(authorization(&client, CLAUDE), "resource", Some(&resource));
        let expected = if taken { "200 page" } else { "303 redirect invalid_target" };
        assert_eq!(outcome(&rig.get(&format!("/authorize?{}", encode(&query))).await), expected, "{path}");
        let challenge = header(&rig.check("x", path).await.unwrap_err().response(), "www-authenticate");
        assert_eq!(challenge.contains(path), taken, "{challenge}");
    }
    // An endpoint's own path stays its own.
    let document = json(&rig.get("/.well-known/oauth-protected-resource/mcp/readonly").await);
    assert_eq!(document["resource_name"], "Example, read only");
}
