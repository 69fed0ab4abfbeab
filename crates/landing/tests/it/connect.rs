//! `/connect`: the steps for a narrower address, as a page and for the script.

use crate::{ask, get, landing, sample, text};
use http::{Method, StatusCode};
use serde_json::Value;
use web_ui::testing::texts;

const JSON: [(&str, &str); 1] = [("accept", "application/json")];

#[test]
fn the_page_of_a_narrower_address() {
    let landing = landing(&sample::public());
    insta::assert_snapshot!(get(&landing, "/connect?readonly=true&toolset=messaging&inbox=PNabc123"));
}

#[test]
fn the_script_gets_every_text_that_the_page_has() {
    let landing = landing(&sample::public());
    let query = "?toolset=messaging&inbox=PNabc123";
    let response = ask(&landing, Method::GET, &format!("/connect{query}"), &JSON).unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["vary"], "Accept");
    let steps: Value = serde_json::from_str(&text(&response)).unwrap();
    insta::assert_json_snapshot!(steps);
    // Each is in the page that one gets without the script, under the name by which the script finds it.
    let html = text(&ask(&landing, Method::GET, &format!("/connect{query}"), &[]).unwrap());
    for name in steps["setup"].as_object().unwrap().keys() {
        assert!(html.contains(&format!("data-setup=\"{name}\"")), "{name}");
    }
    assert_eq!(html.matches("data-setup=\"").count() - html.matches("data-setup=\"address\"").count(), 10);
}

#[test]
fn a_fault_is_said_beside_its_field_and_nothing_else_is_lost() {
    let landing = landing(&sample::public());
    for (query, field, said) in [
        ("readonly=true&inbox=555", Value::from("inbox"), "This is no inbox id: it begins with PN."),
        ("readonly=true&toolset=nonsense", Value::Null, "This link holds a choice that does not exist here."),
    ] {
        let page = ask(&landing, Method::GET, &format!("/connect?{query}"), &[]).unwrap();
        assert_eq!(page.status(), StatusCode::BAD_REQUEST);
        let html = text(&page);
        assert!(texts(&html, "error").iter().any(|error| error.contains(said)), "{query}");
        assert!(html.contains("name=\"readonly\" value=\"true\" checked"), "{query}");
        // The steps are those for everything, never for an address that nobody understands.
        assert!(html.contains("<code data-setup=\"address\">https://mcp.example.com/mcp</code>"), "{query}");
        let answer = ask(&landing, Method::GET, &format!("/connect?{query}"), &JSON).unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let refused: Value = serde_json::from_str(&text(&answer)).unwrap();
        assert_eq!(refused["field"], field);
        assert!(refused.get("setup").is_none());
    }
}

#[test]
fn nobody_keeps_or_lists_it() {
    for content in [sample::public(), sample::sandbox()] {
        let response = ask(&landing(&content), Method::GET, "/connect?readonly=true", &[]).unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-robots-tag"], "noindex");
        assert!(
            response.headers()["content-security-policy"].to_str().unwrap().contains("connect-src 'self'")
        );
    }
}

#[test]
fn without_narrower_addresses_there_is_no_builder() {
    let mut content = sample::public();
    content.narrowing = false;
    let landing = landing(&content);
    assert!(!get(&landing, "/").contains("builder"));
    let page = ask(&landing, Method::GET, "/connect?readonly=true", &[]).unwrap();
    assert!(!text(&page).contains("/mcp/readonly"), "an address that does not exist");
}
