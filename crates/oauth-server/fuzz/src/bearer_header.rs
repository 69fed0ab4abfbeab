//! The check of bearer tokens: any `Authorization` headers, at any path.
//!
//! The input's first line is the path, each further line a header's value.

use http::{HeaderMap, HeaderValue};

use super::challenge::read_challenge;
use super::judge::judge;
use super::wire::lines;
use super::world::{CLAUDE, KEY, Policy, World, play};

/// Asks. The one genuine token is taken at the paths that it is for, and nothing else anywhere.
pub fn bearer_header(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Strict);
        let filled = genuine.fill(input, &[]);
        let ([path], rest) = lines::<1>(&filled);
        let path = String::from_utf8_lossy(path);
        let mut headers = HeaderMap::new();
        for line in rest.split(|byte| *byte == b'\n') {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                headers.append("authorization", value);
            }
        }
        let presented = presented(&headers);
        let genuine_token = presented.as_deref() == Some(&*genuine.access);
        let covered = matches!(&*path, "/mcp" | "/sse" | "/mcp/readonly");
        match world.server.authenticate(&headers, &path).await {
            Ok(grant) => {
                assert!(genuine_token, "not the token that was issued");
                assert!(covered || path.starts_with("/mcp/") || path.starts_with("/sse/"), "at {path}");
                assert_eq!(grant.credential.expose(), KEY);
                assert!(CLAUDE.contains(&grant.client.redirect_host));
                "ok".to_owned()
            }
            Err(challenge) => {
                assert!(!(genuine_token && covered), "the genuine token is refused: {challenge:?}");
                let response = challenge.response();
                let outcome = judge(genuine, &response, &[path.as_bytes(), input].concat());
                read_challenge(&response, challenge.refusal().name() != "missing");
                format!("{outcome} {}", challenge.refusal().name())
            }
        }
    })
}

/// The token of the one header that has one.
fn presented(headers: &HeaderMap) -> Option<String> {
    let values: Vec<_> = headers.get_all("authorization").iter().collect();
    let [value] = values[..] else { return None };
    let words: Vec<&str> = std::str::from_utf8(value.as_bytes()).ok()?.split_ascii_whitespace().collect();
    match words[..] {
        [scheme, token] if scheme.eq_ignore_ascii_case("bearer") => Some(token.to_owned()),
        _ => None,
    }
}
