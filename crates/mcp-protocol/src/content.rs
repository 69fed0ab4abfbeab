//! Content blocks: what tool results and prompt messages are made of.
//!
//! A block that a revision does not know is written as text rather than dropped (`v24.shape`): audio before
//! 2025-03-26, resource links before 2025-06-18.

use std::borrow::Cow;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::resource::{Resource, ResourceContents};
use crate::version::ProtocolVersion;
use crate::wire::{At, Meta, Wire, entry};

/// One block of content.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text {
        /// The text.
        text: Cow<'static, str>,
        /// For whom, and how important.
        annotations: Option<Annotations>,
    },
    /// An image.
    Image {
        /// The bytes, base64 (RFC 4648 section 4).
        data: String,
        /// For example `image/png`.
        mime_type: Cow<'static, str>,
        /// For whom, and how important.
        annotations: Option<Annotations>,
    },
    /// A recording. Text before 2025-03-26.
    Audio {
        /// The bytes, base64 (RFC 4648 section 4).
        data: String,
        /// For example `audio/wav`.
        mime_type: Cow<'static, str>,
        /// For whom, and how important.
        annotations: Option<Annotations>,
    },
    /// A resource that the client may read. Text before 2025-06-18.
    ResourceLink(Box<Resource>),
    /// A resource's contents, inline.
    Resource(EmbeddedResource),
}

/// The contents of a resource inside a result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EmbeddedResource {
    /// The contents.
    pub resource: ResourceContents,
    /// For whom, and how important.
    pub annotations: Option<Annotations>,
}

impl Content {
    /// A text block.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text { text: text.into(), annotations: None }
    }

    /// An image from base64 text.
    pub fn image(data: impl Into<String>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Image { data: data.into(), mime_type: mime_type.into(), annotations: None }
    }

    /// A recording from base64 text.
    pub fn audio(data: impl Into<String>, mime_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Audio { data: data.into(), mime_type: mime_type.into(), annotations: None }
    }

    /// A link to a resource.
    #[must_use]
    pub fn resource_link(resource: Resource) -> Self {
        Self::ResourceLink(Box::new(resource))
    }

    /// A resource's contents, inline.
    #[must_use]
    pub fn embedded(resource: ResourceContents) -> Self {
        Self::Resource(EmbeddedResource { resource, annotations: None })
    }
}

impl Wire for Content {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Text { text, annotations } => {
                map.serialize_entry("type", "text")?;
                map.serialize_entry("text", text)?;
                entry(&mut map, "annotations", annotations.as_ref())?;
            }
            Self::Image { data, mime_type, annotations } => {
                map.serialize_entry("type", "image")?;
                map.serialize_entry("data", data)?;
                map.serialize_entry("mimeType", mime_type)?;
                entry(&mut map, "annotations", annotations.as_ref())?;
            }
            Self::Audio { mime_type, annotations, .. } if !version.has_annotations_and_audio() => {
                map.serialize_entry("type", "text")?;
                map.serialize_entry("text", &format!("[audio, {mime_type}: this client cannot play it]"))?;
                entry(&mut map, "annotations", annotations.as_ref())?;
            }
            Self::Audio { data, mime_type, annotations } => {
                map.serialize_entry("type", "audio")?;
                map.serialize_entry("data", data)?;
                map.serialize_entry("mimeType", mime_type)?;
                entry(&mut map, "annotations", annotations.as_ref())?;
            }
            Self::ResourceLink(link) if !version.has_structured_content() => {
                map.serialize_entry("type", "text")?;
                map.serialize_entry("text", &format!("{}: {}", link.name, link.uri))?;
            }
            Self::ResourceLink(link) => {
                map.serialize_entry("type", "resource_link")?;
                link.write_members(version, &mut map)?;
            }
            Self::Resource(embedded) => {
                map.serialize_entry("type", "resource")?;
                map.serialize_entry("resource", &At(&embedded.resource, version))?;
                entry(&mut map, "annotations", embedded.annotations.as_ref())?;
            }
        }
        map.end()
    }
}

/// Who speaks, or whom something is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// Hints about a block or a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Annotations {
    /// For whom it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<Role>,
    /// From 0 (optional) to 1 (required).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// RFC 3339 date of the last change (2025-06-18; older clients ignore it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

impl Annotations {
    /// For these readers.
    #[must_use]
    pub fn for_audience(audience: Vec<Role>) -> Self {
        Self { audience, ..Self::default() }
    }

    /// With a priority from 0 to 1.
    #[must_use]
    pub fn with_priority(mut self, priority: f64) -> Self {
        self.priority = Some(priority);
        self
    }
}

/// An icon of a server, tool, prompt or resource (2025-11-25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Icon {
    /// An `https:` URL of the server's own origin, or a `data:` URL.
    pub src: String,
    /// For example `image/svg+xml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// For example `48x48`, or `any`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<String>,
    /// The background it is made for: `light` or `dark`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
}

impl Icon {
    /// An icon at this URL.
    pub fn new(src: impl Into<String>) -> Self {
        Self { src: src.into(), mime_type: None, sizes: Vec::new(), theme: None }
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the sizes.
    #[must_use]
    pub fn with_sizes(mut self, sizes: Vec<String>) -> Self {
        self.sizes = sizes;
        self
    }
}

/// `Some` when there is something to write.
pub(crate) fn non_empty(icons: &[Icon]) -> Option<&[Icon]> {
    (!icons.is_empty()).then_some(icons)
}

/// `Some` when there is something to write.
pub(crate) fn non_empty_meta(meta: Option<&Meta>) -> Option<&Meta> {
    meta.filter(|meta| !meta.is_empty())
}
