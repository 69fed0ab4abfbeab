//! Pages whose every word stands in a template, in three blocks: `title`, `description`, `main`.
//!
//! The folder `templates/en` holds all texts of our pages but those that the embedder supplies
//! ([`Texts`](crate::Texts), choices, what its verifier says); what several pages say is in `shared.html` there. Another
//! language is another folder with the same files, and the structs beside these that name them.
//!
//! Titles and descriptions are plain text, which the layout escapes: a value in them is written with `|safe`.

use web_ui::Html;

/// The language of the templates, for `<html lang>`.
pub(crate) const LANGUAGE: &str = "en";

/// What a page says.
#[derive(Default)]
pub(crate) struct PageWords {
    /// Plain text.
    pub(crate) title: String,
    /// Plain text.
    pub(crate) description: String,
    pub(crate) main: Html,
}

/// A template with the three blocks. Implemented by [`page_template!`].
pub(crate) trait PageTemplate {
    /// Renders the blocks.
    fn words(&self) -> askama::Result<PageWords>;
}

/// Implements [`PageTemplate`] for a struct whose template has the attribute
/// `blocks = ["title", "description", "main"]`.
macro_rules! page_template {
    ($template:ty) => {
        impl crate::page_template::PageTemplate for $template {
            fn words(&self) -> askama::Result<crate::page_template::PageWords> {
                Ok(crate::page_template::PageWords {
                    title: self.as_title().render()?.trim().to_owned(),
                    description: self.as_description().render()?.trim().to_owned(),
                    main: web_ui::Html::render(&self.as_main())?,
                })
            }
        }
    };
}

pub(crate) use page_template;
