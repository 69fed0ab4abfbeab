//! The pages for people.

use crate::{ask, get, landing, sample, text};
use http::Method;
use landing::LandingContent;
use web_ui::assets;
use web_ui::testing::{links, texts, violations};

#[test]
fn landing_page() {
    insta::assert_snapshot!(get(&landing(&sample::public()), "/"));
}

#[test]
fn landing_page_of_a_sandbox() {
    insta::assert_snapshot!(get(&landing(&sample::sandbox()), "/"));
}

#[test]
fn privacy_page() {
    insta::assert_snapshot!(get(&landing(&sample::public()), "/privacy"));
}

#[test]
fn every_page_passes_the_page_check() {
    let bare = LandingContent::new("https://mcp.example.com/", "https://mcp.example.com/mcp", "1.2.3");
    for (content, base) in [
        (sample::public(), ""),
        (sample::sandbox(), ""),
        (sample::open(), ""),
        (sample::prefixed(), "/openphone"),
        (bare, ""),
    ] {
        let landing = landing(&content);
        for path in ["/", "/privacy", "/tools", "/connect", "/connect?inbox=x"] {
            let html = text(&ask(&landing, Method::GET, &format!("{base}{path}"), &[]).unwrap());
            assert_eq!(violations(&html, base), [""; 0], "{base}{path}");
        }
    }
}

#[test]
fn every_link_goes_somewhere() {
    for (content, base) in [(sample::public(), ""), (sample::prefixed(), "/openphone")] {
        let landing = landing(&content);
        let connections = format!("{base}/connections");
        for path in ["/", "/privacy", "/tools", "/connect"] {
            let html = text(&ask(&landing, Method::GET, &format!("{base}{path}"), &[]).unwrap());
            for link in links(&html) {
                // The page check has seen to fragments, the server's own tests see to this page.
                if link.starts_with('#') || link == connections {
                    continue;
                }
                if content.source_url.as_deref() == Some(&*link) {
                    continue;
                }
                if let Some(rest) = link.strip_prefix("https://") {
                    let host = rest.split('/').next().unwrap();
                    let known = ["claude.ai", "chatgpt.com", "cursor.com", "vscode.dev"];
                    assert!(known.contains(&host), "{link}");
                } else {
                    let found = ask(&landing, Method::GET, &link, &[]).is_some()
                        || link.strip_prefix(base).and_then(assets::find).is_some();
                    assert!(found, "{link} on {base}{path}");
                }
            }
        }
    }
}

/// Nobody is sent to a login that is not needed, and everybody is told whose workspace it is.
#[test]
fn where_no_sign_in_is_needed_the_page_says_so() {
    let content = sample::open();
    let html = get(&landing(&content), "/");
    for wrong in
        ["Authenticate", "mcp login", "/mcp auth", "You sign in once", "sign-in page in your browser"]
    {
        assert!(!html.contains(wrong), "{wrong}");
    }
    assert!(html.contains("No sign-in here") && html.contains("<code>x-openphone-api-key</code>"));
    let machine = ask(&landing(&content), Method::GET, "/", &[("accept", "text/markdown")]).unwrap();
    let markdown = text(&machine);
    assert!(markdown.contains("- Sign-in: none.") && !markdown.contains("Authenticate"), "{markdown}");
    assert!(get(&landing(&content), "/llms.txt").contains("no sign-in"));
    // With a token: both ways are there.
    let mut content = sample::public();
    content.sign_in = landing::SignIn::OrToken;
    let html = get(&landing(&content), "/");
    assert!(html.contains("With an access token, too") && html.contains("Authenticate"));
}

#[test]
fn claude_gets_no_configuration_file() {
    for content in [sample::public(), sample::sandbox()] {
        let html = get(&landing(&content), "/");
        let start = html.find("id=\"claude\"").unwrap();
        let panel = &html[start..start + html[start..].find("</section>").unwrap()];
        assert!(panel.contains("Add custom connector") && panel.contains(&content.mcp_url), "{panel}");
        assert!(!panel.contains("mcpServers") && !panel.contains(".json"), "{panel}");
        assert!(!html.contains("claude_desktop_config"));
    }
}

#[test]
fn without_script_nothing_is_hidden() {
    let html = get(&landing(&sample::public()), "/");
    assert!(!html.contains(" hidden"));
    assert_eq!(texts(&html, "tab-panel").len(), 9);
}

#[test]
fn what_the_content_does_not_have_is_not_shown() {
    let bare = LandingContent::new("https://mcp.example.com", "https://mcp.example.com/mcp", "1.2.3");
    let landing = landing(&bare);
    for (path, absent) in [
        ("/", ["This is a sandbox", "/sse", "/connections", "class=\"exchange\"", "Not from this address"]),
        ("/privacy", ["This is a sandbox", "/sse", "/connections", "sandbox", "class=\"exchange\""]),
    ] {
        let html = get(&landing, path);
        for text in absent {
            assert!(!html.contains(text), "{text} on {path}");
        }
    }
}

#[test]
fn every_address_shown_is_the_configured_one() {
    let html = get(&landing(&sample::prefixed()), "/openphone");
    assert!(html.contains("<code>https://example.com/openphone/mcp</code>"));
    assert!(!html.contains("mcp.example.com"));
}
