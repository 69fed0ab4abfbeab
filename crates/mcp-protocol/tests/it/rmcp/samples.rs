//! Values of our types, any of them, for what a server may answer or ask.
//!
//! Numbers that rmcp keeps as `f32` are sampled from those that an `f32` holds, and what it has no room for is left out
//! where it is said.

use std::time::Duration;

use mcp_protocol::{
    Annotations, CacheHint, CallToolResult, Content, CreateMessage, ElicitForm, ElicitUrl, Field,
    GetPromptResult, Icon, InputRequest, Meta, ModelPreferences, Prompt, PromptArgument, PromptMessage,
    Resource, ResourceContents, ResourceTemplate, Role, RpcError, SamplingContent, SamplingMessage,
    ServerInfo, StructuredContent, TextFormat, Tool, ToolAnnotations, ToolChoice,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

mod asked;

pub(super) use asked::question;

pub(super) fn text() -> impl Strategy<Value = String> {
    ".{0,10}"
}

pub(super) fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_-]{1,10}"
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    of(text())
}

/// JSON of any shape.
pub(super) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

pub(super) fn object() -> impl Strategy<Value = serde_json::Map<String, Value>> {
    btree_map(text(), json(), 0..4).prop_map(serde_json::Map::from_iter)
}

fn meta() -> impl Strategy<Value = Option<Meta>> {
    of(object())
}

/// From 0 to 1, and the same as an `f32`.
fn priority() -> impl Strategy<Value = f64> {
    (0_u8..=16).prop_map(|sixteenths| f64::from(sixteenths) / 16.0)
}

fn annotations() -> impl Strategy<Value = Option<Annotations>> {
    let audience = vec(select(vec![Role::User, Role::Assistant]), 0..3);
    of((audience, of(priority()), some_text()).prop_map(|(audience, priority, last_modified)| {
        let mut annotations = Annotations::for_audience(audience);
        annotations.priority = priority;
        annotations.last_modified = last_modified;
        annotations
    }))
}

fn icons() -> impl Strategy<Value = Vec<Icon>> {
    let theme = of(select(vec!["light".to_owned(), "dark".to_owned()]));
    let icon = (text(), some_text(), vec(text(), 0..3), theme).prop_map(|(src, mime_type, sizes, theme)| {
        let mut icon = Icon::new(src).with_sizes(sizes);
        icon.mime_type = mime_type;
        icon.theme = theme;
        icon
    });
    vec(icon, 0..3)
}

pub(super) fn cache() -> impl Strategy<Value = CacheHint> {
    (any::<u32>(), any::<bool>()).prop_map(|(ttl, public)| {
        let ttl = Duration::from_millis(ttl.into());
        if public { CacheHint::public(ttl) } else { CacheHint::private(ttl) }
    })
}

pub(super) fn info() -> impl Strategy<Value = ServerInfo> {
    (text(), text(), some_text(), some_text(), some_text(), icons(), some_text()).prop_map(
        |(name, version, title, description, website_url, icons, instructions)| {
            let mut info = ServerInfo::new(name, version).with_icons(icons);
            info.title = title.map(Into::into);
            info.description = description.map(Into::into);
            info.website_url = website_url.map(Into::into);
            info.instructions = instructions.map(Into::into);
            info
        },
    )
}

/// A schema whose root is an object, which is all that rmcp has room for.
fn schema() -> impl Strategy<Value = Value> {
    object().prop_map(|members| {
        let mut schema = Value::Object(members);
        schema["type"] = json!("object");
        schema
    })
}

pub(super) fn tool() -> impl Strategy<Value = Tool> {
    let hint = || of(any::<bool>());
    let hints =
        of((hint(), hint(), hint(), hint()).prop_map(|(read_only, destructive, idempotent, open)| {
            let mut hints = ToolAnnotations::new();
            hints.read_only_hint = read_only;
            hints.destructive_hint = destructive;
            hints.idempotent_hint = idempotent;
            hints.open_world_hint = open;
            hints
        }));
    (name(), some_text(), some_text(), schema(), of(schema()), hints, icons(), meta()).prop_map(
        |(name, title, description, input, output, hints, icons, meta)| {
            let mut tool = Tool::new(name, "", input).with_icons(icons);
            tool.title = title.map(Into::into);
            tool.description = description.map(Into::into);
            tool.output_schema = output.map(Into::into);
            tool.annotations = hints;
            tool.meta = meta;
            tool
        },
    )
}

pub(super) fn resource() -> impl Strategy<Value = Resource> {
    let described = (some_text(), some_text(), some_text(), of(any::<u64>()));
    (text(), text(), described, annotations(), icons(), meta()).prop_map(
        |(uri, name, (title, description, mime_type, size), annotations, icons, meta)| {
            let mut resource = Resource::new(uri, name);
            resource.title = title.map(Into::into);
            resource.description = description.map(Into::into);
            resource.mime_type = mime_type.map(Into::into);
            resource.size = size;
            resource.annotations = annotations;
            resource.icons = icons;
            resource.meta = meta;
            resource
        },
    )
}

pub(super) fn template() -> impl Strategy<Value = ResourceTemplate> {
    let described = (some_text(), some_text(), some_text());
    (text(), text(), described, annotations(), icons(), meta()).prop_map(
        |(uri, name, (title, description, mime_type), annotations, icons, meta)| {
            let mut template = ResourceTemplate::new(uri, name);
            template.title = title.map(Into::into);
            template.description = description.map(Into::into);
            template.mime_type = mime_type.map(Into::into);
            template.annotations = annotations;
            template.icons = icons;
            template.meta = meta;
            template
        },
    )
}

pub(super) fn contents() -> impl Strategy<Value = ResourceContents> {
    (text(), some_text(), text(), any::<bool>(), meta()).prop_map(|(uri, mime_type, data, is_text, new)| {
        let mut contents = if is_text {
            ResourceContents::text(uri, "", data)
        } else {
            ResourceContents::blob(uri, "", data)
        };
        if let ResourceContents::Text { mime_type: of_it, meta, .. }
        | ResourceContents::Blob { mime_type: of_it, meta, .. } = &mut contents
        {
            *of_it = mime_type.map(Into::into);
            *meta = new;
        }
        contents
    })
}

pub(super) fn content() -> impl Strategy<Value = Content> {
    let plain = prop_oneof![
        text().prop_map(Content::text),
        (text(), text()).prop_map(|(data, mime_type)| Content::image(data, mime_type)),
        (text(), text()).prop_map(|(data, mime_type)| Content::audio(data, mime_type)),
        contents().prop_map(Content::embedded),
        resource().prop_map(Content::resource_link),
    ];
    (plain, annotations()).prop_map(|(mut content, new)| {
        match &mut content {
            Content::Text { annotations, .. }
            | Content::Image { annotations, .. }
            | Content::Audio { annotations, .. } => *annotations = new,
            Content::Resource(embedded) => embedded.annotations = new,
            _ => {}
        }
        content
    })
}

pub(super) fn called() -> impl Strategy<Value = CallToolResult> {
    (vec(content(), 0..4), of(json()), any::<bool>(), meta()).prop_map(
        |(content, structured, is_error, meta)| {
            let mut result = CallToolResult::new(content);
            result.structured_content = structured.map(StructuredContent::from);
            result.is_error = is_error;
            result.meta = meta;
            result
        },
    )
}

pub(super) fn prompt() -> impl Strategy<Value = Prompt> {
    let argument =
        (text(), some_text(), some_text(), any::<bool>()).prop_map(|(name, title, description, required)| {
            let mut argument = PromptArgument::required(name, "");
            argument.title = title.map(Into::into);
            argument.description = description.map(Into::into);
            argument.required = required;
            argument
        });
    (name(), some_text(), some_text(), vec(argument, 0..3), icons(), meta()).prop_map(
        |(name, title, description, arguments, icons, meta)| {
            let mut prompt = Prompt::new(name, "").with_arguments(arguments);
            prompt.title = title.map(Into::into);
            prompt.description = description.map(Into::into);
            prompt.icons = icons;
            prompt.meta = meta;
            prompt
        },
    )
}

pub(super) fn prompted() -> impl Strategy<Value = GetPromptResult> {
    let message = (content(), any::<bool>()).prop_map(|(content, users)| {
        if users { PromptMessage::user(content) } else { PromptMessage::assistant(content) }
    });
    (vec(message, 0..4), some_text(), meta()).prop_map(|(messages, description, meta)| {
        let mut result = GetPromptResult::new(messages);
        result.description = description.map(Into::into);
        result.meta = meta;
        result
    })
}

/// An error of any code that the protocol does not give a meaning of its own.
pub(super) fn error() -> impl Strategy<Value = RpcError> {
    let code = prop_oneof![1_i32..i32::MAX, Just(-32602), Just(-32603), Just(-32002), Just(-32021)];
    (code, text(), of(json())).prop_map(|(code, message, data)| {
        let mut error = RpcError::new(mcp_protocol::ErrorCode(code), message);
        // rmcp reads a `null` as nothing, which is as good here.
        error.data = data.filter(|data| !data.is_null());
        error
    })
}
