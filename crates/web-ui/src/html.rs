//! Markup that is already safe to put into a page, as a type of its own.
//!
//! [`Html`] can be made in three ways only: by a compiled template (which escapes every value), by escaping
//! plain text, and from a literal in the source. A `String` from outside never becomes markup by accident.

use askama::Template;
use askama::filters::{self, HtmlSafe};
use std::fmt;

/// Escaped markup, ready to be placed in a page or in another template (where it is not escaped again).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Renders a compiled template. The template's file name must end in `.html`, so that askama escapes.
    ///
    /// # Errors
    /// When a value's `Display` or a filter fails; templates of plain strings and numbers never do.
    pub fn render(template: &impl Template) -> Result<Self, askama::Error> {
        template.render().map(Self)
    }

    /// Plain text as markup: `<`, `>`, `&` and both quotes are escaped.
    pub fn text(text: &str) -> Self {
        match filters::escape(text, filters::Html) {
            Ok(escaped) => Self(escaped.to_string()),
            Err(never) => match never {},
        }
    }

    /// Markup that stands in the source code, and thus comes from nobody else.
    pub fn from_static(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Html {
    /// The length alone: a page may hold what a log must not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Html({} bytes)", self.0.len())
    }
}

impl HtmlSafe for Html {}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn text_is_escaped_and_debug_hides_it() {
        let html = Html::text(r#"<b title="x">&'"#);
        assert_eq!(html.as_str(), "&#60;b title=&#34;x&#34;&#62;&#38;&#39;");
        assert!(!format!("{html:?}").contains("title"));
    }
}
