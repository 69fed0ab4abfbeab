//! Challenges: any scopes and any path of the embedder's, read back by a parser that takes nothing but RFC 9110
//! section 11.6.1 to the letter.
//!
//! The input's first line is the path, each further line a scope.

use bytes::Bytes;
use http::{HeaderMap, Response};

use super::judge::judge;
use super::wire::lines;
use super::world::{ISSUER, Policy, SCOPES, World, play};

/// Writes both kinds of challenge, and reads them.
pub fn challenge(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Strict);
        let ([path], rest) = lines::<1>(input);
        let path = String::from_utf8_lossy(path).into_owned();
        let text = String::from_utf8_lossy(rest);
        let scopes: Vec<&str> = text.split('\n').collect();

        // All that a header can carry of them, in their order.
        let sendable = |c: &char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        let expected: String = scopes.join(" ").chars().filter(sendable).collect();
        let forbidden = world.server.insufficient_scope(&path, &scopes);
        let outcome = judge(genuine, &forbidden, &[expected.as_bytes(), input].concat());
        let parameters = read_challenge(&forbidden, true);
        let value = |name: &str| {
            let found = parameters.iter().find(|(other, _)| other == name);
            found.unwrap_or_else(|| panic!("no {name}")).1.clone()
        };
        assert_eq!(value("error"), "insufficient_scope");
        assert_eq!(value("scope"), expected);

        let missing = world.server.authenticate(&HeaderMap::new(), &path).await.unwrap_err().response();
        judge(genuine, &missing, input);
        let parameters = read_challenge(&missing, false);
        let scope = &parameters.iter().find(|(name, _)| name == "scope").unwrap().1;
        assert!(!scope.is_empty() && scope.split(' ').all(|name| SCOPES.contains(&name)), "{scope}");
        let metadata = value("resource_metadata");
        format!("{outcome} {}", metadata.strip_prefix(ISSUER).unwrap())
    })
}

/// The parameters of the one challenge of an answer, which must lead to metadata of ours. `refused`: whether something
/// was presented, which alone may be called wrong.
pub(crate) fn read_challenge(response: &Response<Bytes>, refused: bool) -> Vec<(String, String)> {
    let value = response.headers()["www-authenticate"].to_str().unwrap();
    let mut rest = value.strip_prefix("Bearer ").expect("the scheme");
    let mut parameters = Vec::new();
    loop {
        let (name, after) = rest.split_once("=\"").expect("a name");
        let is_token = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(is_token && !name.is_empty(), "{name}");
        let (text, after) = after.split_once('"').expect("a quoted string");
        assert!(!text.contains('\\'), "{text}");
        assert!(parameters.iter().all(|(other, _)| other != name), "{name} twice");
        parameters.push((name.to_owned(), text.to_owned()));
        if after.is_empty() {
            break;
        }
        rest = after.strip_prefix(", ").expect("a comma");
    }
    let metadata = &parameters.iter().find(|(name, _)| name == "resource_metadata").expect("metadata").1;
    let path = metadata
        .strip_prefix(ISSUER)
        .and_then(|rest| rest.strip_prefix("/.well-known/oauth-protected-resource"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./,".contains(&byte);
    assert!(path.expect("ours").bytes().all(plain), "{metadata}");
    assert_eq!(parameters.iter().any(|(name, _)| name == "error"), refused);
    parameters
}
