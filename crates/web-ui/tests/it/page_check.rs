//! The page check finds each fault that it is there for: one good page, broken in one way at a time.

use web_ui::testing::{links, texts, violations};

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><title>T</title></head><body><main>";

fn check(body: &str) -> Vec<String> {
    violations(&format!("{HEAD}{body}</main></body></html>"), "")
}

#[test]
fn a_good_page_has_no_violations() {
    assert_eq!(
        check(
            "<h1>T</h1><h2>U</h2><label for=\"k\">Key</label><input id=\"k\"><label><input type=\"checkbox\"> On</label>\
             <a href=\"#k\">Key</a><img src=\"/icon.svg\" alt=\"\"><p class=\"muted\">x</p>"
        ),
        [""; 0]
    );
}

#[test]
fn every_fault_is_found() {
    for (body, expected) in [
        ("<h1>T</h1><p><div></p>", "markup: "),
        ("<h1>T</h1><script>x()</script>", "inline script"),
        ("<h1>T</h1><style>p{}</style>", "inline script or style"),
        ("<h1>T</h1><p style=\"color:red\">x</p>", "inline script or style"),
        ("<h1>T</h1><p onclick=\"x()\">x</p>", "inline event handler"),
        ("<h1>T</h1><a href=\" JavaScript:x()\">x</a>", "a URL that runs"),
        ("<h1>T</h1><script src=\"https://cdn.example/x.js\"></script>", "does not have"),
        ("<h1>T</h1><link rel=\"stylesheet\" href=\"/assets/style-old.css\">", "does not have"),
        ("<h1>T</h1><img src=\"/icon.svg\">", "no name"),
        ("<h1>T</h1><input id=\"k\">", "no name"),
        ("<h1>T</h1><button></button>", "no name"),
        ("<h1>T</h1><a href=\"#gone\">x</a>", "there is no #gone"),
        ("<h1>T</h1><p aria-describedby=\"main gone\" id=\"main\">x</p>", "there is no #gone"),
        ("<h1 id=\"a\">T</h1><p id=\"a\">x</p>", "id a is there twice"),
        ("<h1>T</h1><p class=\"buton\">x</p>", "no rule for class buton"),
        ("<h1>T</h1><h3>U</h3>", "level is skipped"),
        ("<h2>T</h2>", "level is skipped"),
        ("<h1>T</h1><h1>U</h1>", "there are 2 <h1>"),
    ] {
        let found = check(body);
        assert!(found.iter().any(|violation| violation.contains(expected)), "{body}: {found:?}");
    }
    let bare = violations("<!doctype html><html><head></head><body></body></html>", "");
    for expected in ["does not say its language", "has no title", "there are 0 <h1>", "there are 0 <main>"] {
        assert!(bare.iter().any(|violation| violation.contains(expected)), "{expected}: {bare:?}");
    }
}

#[test]
fn links_and_texts() {
    let html = format!("{HEAD}<a href=\"/x\">a</a><p class=\"muted lead\">b<b>c</b></p><a href=\"#y\">d</a>");
    assert_eq!(links(&html), ["/x", "#y"]);
    assert_eq!(texts(&html, "lead"), ["bc"]);
}
