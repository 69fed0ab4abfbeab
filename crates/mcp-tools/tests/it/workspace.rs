//! `list-inboxes`, `list-users` and `get-profile` as a whole.

use mcp_tools::{CallOutcome, Catalog, ClientMode, Limits, Scope, Scopes, View};
use openphone_sandbox::{Fault, Operation};
use serde_json::{Map, Value, json};

use crate::world::{ALPHA, Answer, BRAVO, NORA, World, contains};

fn limits(json: Value) -> Limits {
    serde_json::from_value(json).expect("limits")
}

/// The ids of a list in a result.
fn ids(answer: &Answer, list: &str) -> Vec<String> {
    let items = answer.data[list].as_array().expect("a list");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

async fn emergency(world: &World) -> Limits {
    let all = world.call("fetch-messages", json!({ "inbox": "Emergency line" })).await.ok();
    limits(json!({ "inboxes": [all.data["inbox"]["id"]] }))
}

#[tokio::test]
async fn what_a_model_sees_of_the_workspace() {
    let world = World::start().await;
    let mut page = String::new();
    for tool in ["list-inboxes", "list-users"] {
        page.push_str(&world.call(tool, json!({})).await.ok().text);
        page.push_str("\n\n");
    }
    insta::assert_snapshot!(page);
}

#[tokio::test]
async fn inboxes_come_with_their_users_and_what_they_may_not_do() {
    let world = World::start().await;
    let answer = world.call("list-inboxes", json!({})).await.ok();
    let inboxes = answer.data["inboxes"].as_array().expect("inboxes");
    let named = |name: &str| inboxes.iter().find(|inbox| inbox["name"] == name).expect("an inbox");
    let (desk, emergency) = (named("Front desk"), named("Emergency line"));
    assert_eq!(desk["number"], "+14155550150");
    assert_eq!(desk["users"].as_array().map(Vec::len), Some(3));
    assert_eq!(emergency["users"].as_array().map(Vec::len), Some(2));
    assert_eq!(desk["restrictions"], json!(["no calls abroad"]));
    assert_eq!(emergency["restrictions"], json!(["no texts abroad", "no calls abroad"]));
    assert_eq!((answer.data.get("outOfReach"), &answer.data["coverage"]["complete"]), (None, &json!(true)));

    let first = world.call("list-inboxes", json!({ "maxResults": 1 })).await.ok();
    let cursor = first.data["coverage"]["cursor"].as_str().expect("a cursor");
    let second = world.call("list-inboxes", json!({ "maxResults": 1, "cursor": cursor })).await.ok();
    assert_eq!(second.data["coverage"]["complete"], true);
    assert_eq!([ids(&first, "inboxes"), ids(&second, "inboxes")].concat(), ids(&answer, "inboxes"));
}

#[tokio::test]
async fn a_bound_connection_sees_its_inboxes_and_their_people_alone() {
    let world = World::start().await;
    let only = emergency(&world).await;
    let answer = world.call_limited(&only, "list-inboxes", json!({})).await.ok();
    assert_eq!(answer.data["outOfReach"], 1);
    contains(
        &answer.text,
        &["Emergency line", "1 more inbox(es) of the workspace are out of this connection's reach"],
    );
    assert!(!answer.text.contains("Front desk") && !answer.text.contains("Marcus"), "{}", answer.text);

    let users = world.call_limited(&only, "list-users", json!({})).await.ok();
    contains(&users.text, &["Dana Whitfield", "Priya Raman"]);
    assert!(!users.text.contains("Marcus"), "{}", users.text);
    let nobody = world.call_limited(&limits(json!({ "inboxes": [] })), "list-users", json!({})).await.ok();
    assert_eq!(nobody.data["users"], json!([]));
}

#[tokio::test]
async fn people_are_listed_without_their_addresses() {
    let world = World::start().await;
    let answer = world.call("list-users", json!({})).await.ok();
    assert_eq!(answer.data["users"].as_array().map(Vec::len), Some(3));
    assert!(!answer.text.contains('@') && !answer.data.to_string().contains('@'), "{}", answer.text);
    let first = world.call("list-users", json!({ "maxResults": 2 })).await.ok();
    let cursor = first.data["coverage"]["cursor"].as_str().expect("a cursor");
    let second = world.call("list-users", json!({ "cursor": cursor })).await.ok();
    assert_eq!([ids(&first, "users"), ids(&second, "users")].concat(), ids(&answer, "users"));
    let error = world.call("list-inboxes", json!({ "cursor": cursor })).await.error();
    contains(&error, &["cursor", "belongs to a call with other arguments"]);

    // Whoever was invited and has no name yet is known by the address alone.
    let user = json!({ "id": "US0001", "email": "new@example.com", "firstName": null, "lastName": "", "role": "member" });
    let page = json!({ "data": [user], "nextCursor": null }).to_string();
    world.sandbox.faults().next(1, Operation::ListUsers, Fault::answer(200, "application/json", page));
    let answer = world.call("list-users", json!({})).await.ok();
    assert_eq!(
        answer.data["users"],
        json!([{ "id": "US0001", "email": "new@example.com", "role": "member" }])
    );
    contains(&answer.text, &["new@example.com"]);
}

#[tokio::test]
async fn inboxes_are_listed_without_users_that_cannot_be_read() {
    let world = World::start().await;
    world.sandbox.faults().always(Operation::ListPhoneNumberUsers, Fault::server_error());
    let answer = world.call("list-inboxes", json!({})).await.ok();
    assert_eq!(answer.data["inboxes"].as_array().map(Vec::len), Some(2));
    assert!(answer.data["inboxes"][0].get("users").is_none());
    contains(&answer.text, &["users of some inboxes are missing: OpenPhone is failing"]);
    world.sandbox.faults().always(Operation::ListPhoneNumbers, Fault::server_error());
    contains(
        &world.call("list-inboxes", json!({})).await.error(),
        &["OpenPhone is failing", "The key may be fine."],
    );
}

#[tokio::test]
async fn the_profile_tells_accounts_apart_and_is_stable() {
    let world = World::start().await;
    let named = |key: &str, client: &str| world.cx(key).with_connection(client).with_client(client);
    let first = world.call_in(&named(ALPHA, "Claude (claude.ai)"), "get-profile", json!({})).await.ok();
    let again = world.call_in(&named(ALPHA, "ChatGPT (chatgpt.com)"), "get-profile", json!({})).await.ok();
    let other = world.call_in(&named(BRAVO, "ChatGPT (chatgpt.com)"), "get-profile", json!({})).await.ok();
    assert_eq!(first.data["id"], again.data["id"]);
    assert_ne!(first.data["id"], other.data["id"]);
    let id = first.data["id"].as_str().expect("an id");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(first.data["name"], "Harbor Light Plumbing");
    assert_eq!(first.data["nickname"], "Harbor Light Plumbing, Claude (claude.ai)");
    assert!(!first.text.contains(ALPHA) && !first.text.contains("OR"), "{}", first.text);
}

/// Without the flag, ChatGPT does not look at the profile.
#[test]
fn the_list_marks_the_profile_for_chatgpt() {
    let catalog = Catalog::new().expect("the catalogue builds");
    let list = catalog.list(&View::new(ClientMode::Full, Scopes::ALL));
    let marked: Vec<String> = list
        .tools()
        .iter()
        .map(|tool| serde_json::to_value(tool).expect("JSON"))
        .filter(|tool| tool["_meta"]["openai/profile"] == true)
        .map(|tool| tool["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(marked, ["get-profile"]);
}

#[tokio::test]
async fn the_profile_says_what_the_grant_may_do_and_what_is_left() {
    let world = World::start().await;
    let cx = world.cx(ALPHA).with_connection("one").with_client("Claude (claude.ai)");
    world
        .call_in(&cx, "send-message", json!({ "from": "Front desk", "to": NORA, "content": "Hi" }))
        .await
        .ok();
    let answer = world.call_in(&cx, "get-profile", json!({})).await.ok();
    assert_eq!(answer.data["quotaLeft"], json!({ "thisHour": 59, "today": 199 }));
    assert_eq!(answer.data["scopes"], json!(["openphone:read", "openphone:write", "openphone:admin"]));
    contains(
        &answer.text,
        &["At most 60 texts an hour.", "Texts left: 59 this hour, 199 today.", "Claude (claude.ai)"],
    );

    let mut tight = emergency(&world).await;
    (tight.reply_only, tight.sends_per_day) = (true, Some(5));
    let bound = cx.clone().with_limits(&tight);
    let answer = world.call_in(&bound, "get-profile", json!({})).await.ok();
    assert_eq!(answer.data["inboxes"][0]["name"], "Emergency line");
    assert_eq!(answer.data["quotaLeft"]["today"], 5);
    contains(
        &answer.text,
        &[
            "people who wrote or called first",
            "At most 5 texts a day.",
            "Inboxes within reach: Emergency line",
        ],
    );

    let view = View::new(ClientMode::Full, Scopes::from(Scope::Read)).read_only();
    let CallOutcome::Result(result) = world.catalog.call(&view, "get-profile", Map::new(), &cx).await else {
        panic!("a result")
    };
    let data = result.structured_content.expect("data").to_value();
    assert_eq!(data["scopes"], json!(["openphone:read"]));
    assert_eq!(data["limits"], json!(["Nothing may be written."]));
    assert_eq!(data.get("quotaLeft"), None);
}

#[tokio::test]
async fn the_profile_says_when_something_cannot_be_read() {
    let store = std::sync::OnceLock::new();
    let world = World::with_store(|clock| {
        store.get_or_init(|| crate::stores::Breakable::new(clock)).clone() as std::sync::Arc<_>
    })
    .await;
    store.get().expect("made").break_now();
    let answer = world.call("get-profile", json!({})).await.ok();
    assert_eq!(answer.data.get("quotaLeft"), None);
    contains(&answer.text, &["How many texts are left cannot be read at the moment."]);

    world.sandbox.faults().next(1, Operation::GetOrganization, Fault::revoked_key());
    contains(
        &world.call("get-profile", json!({})).await.error(),
        &["no longer accepts the API key", "Next: "],
    );
}
