//! The canary: what a log, an error page or a metric must never hold.

/// Digits in a row after a plus sign that make a phone number.
const NUMBER: usize = 10;

/// Everything secret that `text` holds, as sentences for a failing test. `secrets` are the keys, tokens, codes and
/// message bodies that the test knows of.
pub(crate) fn leaks(text: &str, secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        for secret in secrets {
            if line.contains(secret.as_str()) {
                found.push(format!("a secret ({}...) in: {line}", &secret[..secret.len().min(8)]));
            }
        }
        for prefix in ["sandbox-key-workspace-", "opqat_", "opqrt_", "opqrg_", "opqrk_", "opqtx_"] {
            if line.contains(prefix) {
                found.push(format!("'{prefix}' in: {line}"));
            }
        }
        if has_phone_number(line) {
            found.push(format!("a phone number in: {line}"));
        }
    }
    found
}

fn has_phone_number(line: &str) -> bool {
    ["+", "%2B", "%2b"].iter().any(|plus| {
        line.split(plus).skip(1).any(|rest| rest.bytes().take_while(u8::is_ascii_digit).count() >= NUMBER)
    })
}

#[test]
fn the_canary_sings() {
    let secrets = ["the-body-of-a-text".to_owned()];
    for leaking in [
        "to=+14155550101",
        "GET /v1/messages?participants=%2B14155550101",
        "key sandbox-key-workspace-alpha",
        "token opqat_k1_abc",
        "content: the-body-of-a-text",
    ] {
        assert!(!leaks(leaking, &secrets).is_empty(), "{leaking}");
    }
    assert!(leaks("request 1+2 id=5f+123 status=200", &secrets).is_empty());
}
