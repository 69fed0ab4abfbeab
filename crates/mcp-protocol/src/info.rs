//! [`ServerInfo`] and [`Implementation`]: what the two sides say about themselves.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

use crate::content::{Icon, non_empty};
use crate::version::ProtocolVersion;
use crate::wire::{Wire, entry};

/// What a server says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// Its name in code.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: Cow<'static, str>,
    /// For people (2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// What it is for (2025-11-25).
    pub description: Option<Cow<'static, str>>,
    /// Its home page (2025-11-25).
    pub website_url: Option<Cow<'static, str>>,
    /// Its icons (2025-11-25).
    pub icons: Vec<Icon>,
    /// For the model: how to use the server well.
    pub instructions: Option<Cow<'static, str>>,
}

impl ServerInfo {
    /// A server with a name and a version.
    pub fn new(name: impl Into<Cow<'static, str>>, version: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            title: None,
            description: None,
            website_url: None,
            icons: Vec::new(),
            instructions: None,
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the home page.
    #[must_use]
    pub fn with_website_url(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.website_url = Some(url.into());
        self
    }

    /// Sets the icons.
    #[must_use]
    pub fn with_icons(mut self, icons: Vec<Icon>) -> Self {
        self.icons = icons;
        self
    }

    /// Sets the instructions.
    #[must_use]
    pub fn with_instructions(mut self, instructions: impl Into<Cow<'static, str>>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }
}

/// The `Implementation` object: everything but the instructions, which have a place of their own.
impl Wire for ServerInfo {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let described = version.has_icons();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("version", &self.version)?;
        entry(&mut map, "title", self.title.as_ref().filter(|_| version.has_structured_content()))?;
        entry(&mut map, "description", self.description.as_ref().filter(|_| described))?;
        entry(&mut map, "websiteUrl", self.website_url.as_ref().filter(|_| described))?;
        entry(&mut map, "icons", non_empty(&self.icons).filter(|_| described))?;
        map.end()
    }
}

/// What a client says about itself. Not to be trusted (`v26.info.untrusted`): for logs and statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Implementation {
    /// Its name in code.
    pub name: String,
    /// Its version.
    pub version: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Implementation {
    /// A client with a name and a version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), title: None }
    }
}
