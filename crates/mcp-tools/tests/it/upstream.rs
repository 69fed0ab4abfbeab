//! What a failed request says goes by its status first: words count only in a refusal of that very request.

use openphone_sandbox::{Fault, On};
use serde_json::json;

use crate::world::{STRANGER, World};

/// The same words in a refusal, in an outage, behind a rate limit.
#[tokio::test]
async fn words_count_only_in_a_refusal() {
    let known = ["cannot receive texts", "has opted out", "(A2P 10DLC)"];
    for (words, told) in [
        ("upstream unreachable", known[0]),
        ("upstream connect error: number is not valid", known[0]),
        ("all workers unsubscribed", known[1]),
        ("not approved for A2P", known[2]),
    ] {
        for (status, expected) in [
            (400, told),
            (422, told),
            (429, "The key is fine."),
            (500, "it is not known whether it was sent"),
            (503, "it is not known whether it was sent"),
        ] {
            let world = World::start().await;
            let body = json!({ "message": words }).to_string();
            world.sandbox.faults().always(On::sends(), Fault::answer(status, "application/json", body));
            let arguments = json!({ "from": "Front desk", "to": STRANGER, "content": "Hello" });
            let text = world.call("send-message", arguments).await.error();
            assert!(text.contains(expected), "{status} {words}: {text}");
            let wrong = known.iter().find(|known| **known != expected && text.contains(**known));
            assert_eq!(wrong, None, "{status} {words}: {text}");
        }
    }
}
