//! The application's own routes, ours below the prefix, and nothing of ours anywhere else.

use crate::stage::Stage;

#[tokio::test]
async fn the_applications_routes_are_its_own() {
    let stage = Stage::start().await;
    let home = stage.get("/").await;
    assert_eq!(home.text().await.unwrap(), "The board of visits. Its assistant is at /phone.\n");
    for nobodys in [
        "/mcp",
        "/authorize",
        "/tools.json",
        "/phones",
        "/phone/nothing",
        "/phone/mcp/nothing",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/openid-configuration/phone",
        "/.well-known/change-password",
    ] {
        assert_eq!(stage.get(nobodys).await.status(), 404, "{nobodys}");
    }
}

#[tokio::test]
async fn pages_and_what_they_load_are_below_the_prefix() {
    let stage = Stage::start().await;
    let mut seen = 0;
    for page in ["/phone", "/phone/", "/phone/privacy", "/phone/connections", "/phone/signed-out"] {
        let html = stage.get(page).await;
        assert_eq!(html.status(), 200, "{page}");
        let html = html.text().await.unwrap();
        let loaded = ["href=\"/", "src=\"/"].iter().flat_map(|start| html.split(start).skip(1));
        for path in loaded.filter_map(|rest| rest.split('"').next()) {
            let path = format!("/{}", path.split('#').next().unwrap());
            assert!(path.starts_with("/phone"), "{path} on {page}");
            assert_eq!(stage.get(&path).await.status(), 200, "{path} on {page}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
    let tools = stage.json("/phone/tools.json").await;
    let names: Vec<&str> =
        tools["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"book-visit") && names.contains(&"send-message"), "{names:?}");
    assert_eq!(stage.get("/phone/icons/task.svg").await.headers()["content-type"], "image/svg+xml");
}

/// HTTP+SSE: the stream names the whole path of its endpoint, and needs a token as well.
#[tokio::test]
async fn the_older_transport_too() {
    let stage = Stage::start().await;
    assert_eq!(stage.get("/phone/sse").await.status(), 401);
    let token = stage.sign_in(&[], &[]).await.get_access_token().await.unwrap();
    let mut stream = stage.http.get(stage.at("/phone/sse")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let mut first = String::new();
    while !first.contains("\n\n") {
        first.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    let endpoint = first.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    assert!(endpoint.starts_with("/phone/sse/message?"), "{first}");

    let body = serde_json::json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": { "name": "old", "version": "1" },
        },
    });
    let post = stage.http.post(stage.at(endpoint)).json(&body);
    assert_eq!(post.try_clone().unwrap().send().await.unwrap().status(), 401);
    assert_eq!(post.bearer_auth(&token).send().await.unwrap().status(), 202);
    let mut answer = String::new();
    while !answer.contains("\"name\":\"board\"") {
        answer.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
}

/// A token is worth nothing to another deployment, whose keys are others.
#[tokio::test]
async fn keys_are_the_applications() {
    let (one, other) = (Stage::start().await, Stage::start().await);
    let token = one.sign_in(&[], &[]).await.get_access_token().await.unwrap();
    let refused = other.http.post(other.at("/phone/mcp")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(refused.status(), 401);
}
