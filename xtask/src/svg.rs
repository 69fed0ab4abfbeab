//! Pictures as SVG text. They have no background and ask the viewer whether it is dark, so that they read on any page.

use std::fmt::{Display, Write as _};

/// Of every picture.
pub(crate) const WIDTH: usize = 720;

/// `t` is a title, `h` a heading, `n` a text that ends where it stands, `v` a value, `g` a line of a grid; `a` and `b`
/// are the areas of the two things that a picture compares, `la` and `lb` their lines.
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-size:15px;font-weight:600}\
    .h{font-weight:600}.n{text-anchor:end}.v{font-size:12px;fill:#59636e}.a{fill:#9aa4b0}.b{fill:#2f6fdb}\
    .la,.lb{fill:none;stroke-width:1.5;stroke:#9aa4b0}.lb{stroke:#2f6fdb}.g{stroke:#59636e;stroke-opacity:.25}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.v{fill:#9da7b3}.a{fill:#6b7684}.b{fill:#5b9bff}\
    .la{stroke:#6b7684}.lb{stroke:#5b9bff}}";

/// A whole picture.
pub(crate) fn document(title: &str, height: usize, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

/// Appends a text.
pub(crate) fn text(body: &mut String, class: &str, x: impl Display, y: impl Display, text: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    // Writing to a text cannot fail.
    let _ = writeln!(body, "<text{class} x=\"{x}\" y=\"{y}\">{}</text>", escaped(text));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
