//! The header set of a page, as a whole: whatever changes shows in the snapshot.

use http::StatusCode;
use web_ui::{Html, Page, html_response};

#[test]
fn every_combination() {
    let mut seen = String::new();
    for (https, indexed, status) in [
        (false, false, StatusCode::OK),
        (true, false, StatusCode::BAD_REQUEST),
        (false, true, StatusCode::OK),
        (true, true, StatusCode::OK),
    ] {
        let page = Page::new("T", "D", Html::from_static("<h1>T</h1>")).https(https).indexed(indexed);
        let response = html_response(status, &page);
        assert_eq!(response.status(), status);
        seen += &format!("# https {https}, indexed {indexed}\n");
        let mut lines: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
            .collect();
        lines.sort();
        seen += &lines.concat();
    }
    insta::assert_snapshot!(seen);
}
