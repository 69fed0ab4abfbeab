//! The layout, and the components as the gallery shows them.

use proptest::prelude::*;
use std::collections::BTreeSet;
use web_ui::testing::{classes, shape, violations};
use web_ui::{Brand, CONTENT_SECURITY_POLICY, Html, Page, Width, assets, render};

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/app.js");
const LAYOUT: &str = include_str!("../../templates/en/layout.html");
const FORM: &str = include_str!("../../examples/form.html");
const COMPONENTS: &str = include_str!("../../examples/components.html");

/// Hashes change with every edit of a file and say nothing about the layout.
fn without_hashes(html: &str) -> String {
    assets::all().iter().fold(html.to_owned(), |html, asset| {
        let hash = asset.body.etag();
        html.replace(hash.trim_matches('"'), "[hash]")
    })
}

#[test]
fn narrow_page_at_the_root() {
    let page = Page::new("Link expired", "No longer valid.", Html::from_static("<h1>Link expired</h1>"))
        .brand(Brand::new("OpenPhone MCP", "1.2.3", "Unofficial."));
    insta::assert_snapshot!(without_hashes(&render(&page)));
}

#[test]
fn wide_page_under_a_prefix() {
    let nav = Html::from_static("<a href=\"#main\">Tools</a>");
    let page = Page::new("OpenPhone MCP", "All of it.", Html::from_static("<h1>Hello</h1>"))
        .brand(Brand::new("OpenPhone MCP", "1.2.3", "Unofficial."))
        .width(Width::Wide)
        .indexed(true)
        .base("/openphone")
        .canonical("https://example.com/openphone/")
        .nav(nav);
    insta::assert_snapshot!(without_hashes(&render(&page)));
    assert_eq!(violations(&render(&page), "/openphone"), [""; 0]);
}

#[test]
fn the_gallery_passes_the_page_check() {
    for main in [FORM, COMPONENTS] {
        let page = Page::new("Gallery", "All components.", Html::from_static(main));
        assert_eq!(violations(&render(&page), ""), [""; 0]);
    }
}

#[test]
fn every_rule_of_the_stylesheet_is_used() {
    let markup = [LAYOUT, FORM, COMPONENTS].concat();
    let used: BTreeSet<&str> = markup
        .split("class=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .flat_map(|names| names.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')))
        .collect();
    let unused: Vec<_> = classes(STYLE)
        .into_iter()
        // The script sets this one.
        .filter(|class| class != "js" && !used.contains(class.as_str()))
        .collect();
    assert_eq!(unused, [""; 0], "show them in the gallery, or remove their rules");
}

#[test]
fn the_footer_says_version_and_unofficial() {
    let html = render(&Page::new("T", "D", Html::from_static("<h1>T</h1>")));
    assert!(html.contains(env!("CARGO_PKG_VERSION")));
    assert!(html.contains("Unofficial: not made, run or endorsed by OpenPhone (Quo)."));
}

#[test]
fn nothing_comes_from_elsewhere() {
    // The one URL of the script is in a comment, and the stylesheet loads nothing.
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    for line in SCRIPT.lines().filter(|line| line.contains("://")) {
        assert!(line.trim_start().starts_with("//"), "{line}");
    }
    // Sinks that trusted types forbid, and ambient channels that nobody expects of a page that asks for a key.
    for sink in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "XMLHttp", "Beacon"]
    {
        assert!(!SCRIPT.contains(sink), "{sink}");
    }
    // What it asks for stands in the page, and pages that ask for a key forbid it to ask for anything.
    let asked: Vec<_> =
        SCRIPT.split("fetch(").skip(1).filter_map(|rest| rest.split([',', ')']).next()).collect();
    assert_eq!(asked, ["url", "ground.dataset.tools", "strip.dataset.status"]);
    assert!(SCRIPT.contains("const url = form.action"));
    assert!(!CONTENT_SECURITY_POLICY.contains("connect-src"));
}

proptest! {
    #[test]
    fn values_never_become_markup(text in hostile()) {
        let nav = Html::text(&text);
        let page = |text| {
            Page::new(text, text, Html::render(&Sample { text }).unwrap())
                .brand(Brand::new(text, text, text))
                .canonical(text)
                .nav(nav.clone())
        };
        prop_assert_eq!(shape(&render(&page(&text))), shape(&render(&page("benign"))));
    }
}

#[derive(askama::Template)]
#[template(source = r#"<h1 title="{{ text }}">{{ text }}</h1>"#, ext = "html")]
struct Sample<'a> {
    text: &'a str,
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"><script>alert(1)</script>".to_owned()),
        Just("</title></textarea></style>".to_owned()),
        Just("' onload='x".to_owned()),
        Just("<!--".to_owned()),
        Just("&lt;b&gt;&#60;".to_owned()),
        Just("javascript:alert(1)".to_owned()),
        "\\PC{0,12}",
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}
