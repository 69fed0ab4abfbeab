//! Revocation: any requests, one after the other, around genuine tokens of two clients.
//!
//! Requests are as in `token_request`, with `%%` between them.

use http::StatusCode;

use super::genuine::Genuine;
use super::judge::{holds, judge};
use super::wire::{FORM, Post, split};
use super::world::{Policy, World, play};

/// Sends them, and looks at who is still connected: only their owner ends tokens, and only those that it names.
pub fn revoke(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Strict);
        let mut outcomes = Vec::new();
        let mut ends = Ends::default();
        for part in split(input).into_iter().take(8) {
            let post = Post::new("/revoke", FORM, &genuine.fill(part, &[]));
            let response = world.send(post.request()).await;
            outcomes.push(judge(genuine, &response, part));
            if response.status() == StatusCode::OK {
                assert_eq!(response.body().as_ref(), b"{}");
                ends.told(genuine, &post);
            }
        }
        let works = world.grant(&genuine.access, "/mcp").await.is_some();
        assert_eq!(works, !ends.access, "the access token");
        assert_eq!(refreshes(&world, &genuine.client, None, &genuine.refresh).await, !ends.refresh);
        let secret = Some(genuine.secret.as_str());
        let theirs = refreshes(&world, &genuine.confidential, secret, &genuine.confidential_refresh).await;
        assert_eq!(theirs, !ends.theirs);
        world.check_bystander(genuine).await;
        outcomes.push(format!("{ends:?}"));
        outcomes.join(", ")
    })
}

/// What must have ended.
#[derive(Debug, Default)]
struct Ends {
    access: bool,
    refresh: bool,
    theirs: bool,
}

impl Ends {
    fn told(&mut self, genuine: &Genuine, post: &Post) {
        let (Some(token), Some(client)) = (post.field("token"), post.client()) else { return };
        if client == genuine.client {
            // With the refresh token goes the whole connection.
            self.access |= token == genuine.access || token == genuine.refresh;
            self.refresh |= token == genuine.refresh;
        } else if client == genuine.confidential {
            let basic = post.headers.contains_key("authorization");
            assert!(basic || holds(&post.body, genuine.secret.as_bytes()), "a client without its secret");
            self.theirs |= token == genuine.confidential_refresh;
        }
    }
}

async fn refreshes(world: &World, client: &str, secret: Option<&str>, token: &str) -> bool {
    let mut fields = vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
    fields.extend(secret.map(|secret| ("client_secret", secret)));
    let response = world.post("/token", &[], super::wire::form(&fields)).await;
    response.status() == StatusCode::OK
}
