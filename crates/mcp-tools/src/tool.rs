//! What a tool is: one Rust type that implements [`Tool`], and [`ToolSpec`], its plain-data projection.
//!
//! Everything else is made from the declaration: the wire list, schemas, docs, the landing page, scopes and
//! snapshots ([`crate::catalog`]). To add a tool: a file in `tools/`, an `impl Tool`, a line in
//! [`crate::tools::register_all`].

use std::future::Future;
use std::sync::Arc;

use mcp_protocol::StructuredContent;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::client_mode::CHATGPT_TOOLS;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::icon::Icon;
use crate::scope::Scope;
use crate::toolset::Toolset;

/// The four hints of `ToolAnnotations` (MCP 2026-07-28, Tools). A tool states all of them: the protocol's
/// defaults are wrong for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a new hint must break every tool until it is stated")]
#[expect(clippy::struct_excessive_bools, reason = "the protocol has these four")]
pub struct Annotations {
    /// The tool changes nothing.
    pub read_only: bool,
    /// What it does cannot be taken back, or overwrites something.
    pub destructive: bool,
    /// Calling it twice with the same arguments has the effect of calling it once.
    pub idempotent: bool,
    /// It reaches people or text outside of the workspace.
    pub open_world: bool,
}

/// A tool. See the module's documentation for what is made from it.
pub trait Tool: Send + Sync + 'static {
    /// The arguments. Unknown fields are refused by the schema made from it.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// The result: `structuredContent`, and what [`Tool::render`] reads.
    type Output: Serialize + JsonSchema + Send + Sync;

    /// The name on the wire: kebab-case, at most 40 characters.
    const NAME: &'static str;
    /// A title for people.
    const TITLE: &'static str;
    /// What it does, when to use it, its limits and side effects; never orders to the model.
    const DESCRIPTION: &'static str;
    /// The group it is offered in.
    const TOOLSET: Toolset;
    /// The scope that a call needs.
    const SCOPE: Scope;
    /// All four hints.
    const ANNOTATIONS: Annotations;
    /// Whether it sends texts to people: `no_texting` hides it.
    const TEXTS_PEOPLE: bool = false;
    /// Whether it prepares texts for the tools that send: it is hidden where they are, and offered wherever what it makes may
    /// be needed.
    const PREPARES_TEXTS: bool = false;
    /// Whether it can put a phone number among the contacts: `reply_only` hides it, because contacts may be texted.
    const ADDS_NUMBERS: bool = false;
    /// Older names that still work and are not listed.
    const ALIASES: &'static [&'static str] = &[];

    /// Older names of arguments that still work, as (old, new): the old one counts where the new one is absent.
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] = &[];
    /// The argument that names one inbox of the workspace. A connection that reaches only one inbox does not see it: it
    /// is left out of the schema, and the tool takes that inbox.
    const INBOX_ARGUMENT: Option<&'static str> = None;
    /// Arguments in which an explicit null means something other than absence ([`crate::schema::change`]): `role`, or
    /// `customFields.value` for that member of each item. Everywhere else null is absence.
    const NULLABLE: &'static [&'static str] = &[];
    /// The picture.
    const ICON: Icon = Icon::of(Self::TOOLSET);
    /// The sorts of failure that a call may end with.
    const ERRORS: &'static [ToolErrorKind] = errors(Self::ANNOTATIONS, Self::TEXTS_PEOPLE);

    /// `_meta` of the tool in every list: what some client reads there (MCP 2026-07-28, `_meta`).
    fn meta() -> Map<String, Value> {
        Map::new()
    }

    /// Worked examples, for docs and pages; not on the wire.
    fn examples() -> Vec<Example<Self::Output>>;

    /// Does the work.
    fn call(
        &self,
        cx: &Context,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;

    /// The result as lean text: the twin of the structured result, with the same ids. Sufficient on its own.
    fn render(output: &Self::Output) -> String;

    /// Whether a result that could be made nevertheless means failure (every text of a bulk send failed, say):
    /// it is then marked `isError`.
    fn is_failure(_output: &Self::Output) -> bool {
        false
    }

    /// What sort of failure the parts of a result that failed have in common, if any. A refused key is named although
    /// other parts were done or failed otherwise: it ends the connection.
    fn failure_kind(_output: &Self::Output) -> Option<ToolErrorKind> {
        None
    }
}

/// What a tool with these hints may fail with, unless it says so itself.
const fn errors(annotations: Annotations, texts_people: bool) -> &'static [ToolErrorKind] {
    use ToolErrorKind as Kind;
    if texts_people {
        &[
            Kind::InvalidArguments,
            Kind::NotAllowed,
            Kind::ConfirmationNeeded,
            Kind::LimitReached,
            Kind::Conflict,
            Kind::KeyReused,
            Kind::NotFound,
            Kind::OutcomeUnknown,
            Kind::StoreUnavailable,
            Kind::Upstream,
            Kind::RateLimited,
            Kind::KeyRefused,
            Kind::TimedOut,
            Kind::Cancelled,
        ]
    } else if annotations.read_only {
        &[
            Kind::InvalidArguments,
            Kind::NotAllowed,
            Kind::NotFound,
            Kind::Upstream,
            Kind::RateLimited,
            Kind::KeyRefused,
            Kind::TimedOut,
            Kind::Cancelled,
        ]
    } else {
        &[
            Kind::InvalidArguments,
            Kind::NotAllowed,
            Kind::Conflict,
            Kind::NotFound,
            Kind::OutcomeUnknown,
            Kind::Upstream,
            Kind::RateLimited,
            Kind::KeyRefused,
            Kind::TimedOut,
            Kind::Cancelled,
        ]
    }
}

/// A worked example of a tool.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Example<O> {
    /// What a person wants.
    pub title: &'static str,
    /// The arguments of the call.
    pub arguments: Value,
    /// The result.
    pub output: O,
}

impl<O> Example<O> {
    /// An example.
    pub fn new(title: &'static str, arguments: Value, output: O) -> Self {
        Self { title, arguments, output }
    }
}

/// A worked example as plain data.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExampleSpec {
    /// What a person wants.
    pub title: &'static str,
    /// The arguments of the call.
    pub arguments: Value,
    /// `structuredContent` of the result.
    pub structured: Value,
    /// The text of the result.
    pub text: String,
}

/// A tool as plain data: everything that generated files, pages and the wire list need.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolSpec {
    /// The name on the wire.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// Description for the model.
    pub description: &'static str,
    /// Group.
    pub toolset: Toolset,
    /// Scope that a call needs.
    pub scope: Scope,
    /// All four hints.
    pub annotations: Annotations,
    /// Whether it sends texts to people.
    pub texts_people: bool,
    /// Whether it prepares texts for the tools that send.
    pub prepares_texts: bool,
    /// Whether it can put a phone number among the contacts.
    pub adds_numbers: bool,
    /// Whether ChatGPT's connectors are offered it.
    pub chatgpt: bool,
    /// Older names, callable and not listed.
    pub aliases: &'static [&'static str],
    /// Older names of arguments that still work, as (old, new).
    pub argument_aliases: &'static [(&'static str, &'static str)],
    /// The picture.
    pub icon: Icon,
    /// The sorts of failure that a call may end with.
    pub errors: &'static [ToolErrorKind],
    /// Arguments in which an explicit null means something other than absence.
    pub nullable: &'static [&'static str],
    /// JSON Schema 2020-12 of the arguments.
    pub input_schema: Arc<Value>,
    /// What `tools/list` tells of it: without bounds that no sensible call comes near.
    pub input_outline: Arc<Value>,
    /// The same without the argument that names an inbox, for a connection that reaches only one.
    pub bound_input_outline: Arc<Value>,
    /// What `tools/list` tells of it: names and types.
    pub output_outline: Arc<Value>,
    /// `_meta` in every list.
    pub meta: Map<String, Value>,
    /// What pages, documents and tests ask for is made when they do: kept, it were half of what a specification takes.
    output_schema: fn() -> Value,
    examples: fn() -> Vec<ExampleSpec>,
}

impl ToolSpec {
    /// The projection of `T`.
    pub(crate) fn of<T: Tool>() -> Self {
        let input_schema = Arc::new(crate::schema::input::<T::Input>());
        let input_outline = Arc::new(crate::schema::input_outline(&input_schema));
        let bound_input_outline = match T::INBOX_ARGUMENT {
            Some(argument) => Arc::new(crate::schema::without(&input_outline, argument)),
            None => Arc::clone(&input_outline),
        };
        Self {
            name: T::NAME,
            title: T::TITLE,
            description: T::DESCRIPTION,
            toolset: T::TOOLSET,
            scope: T::SCOPE,
            annotations: T::ANNOTATIONS,
            texts_people: T::TEXTS_PEOPLE,
            prepares_texts: T::PREPARES_TEXTS,
            adds_numbers: T::ADDS_NUMBERS,
            chatgpt: CHATGPT_TOOLS.contains(&T::NAME),
            aliases: T::ALIASES,
            argument_aliases: T::ARGUMENT_ALIASES,
            nullable: T::NULLABLE,
            icon: T::ICON,
            errors: T::ERRORS,
            input_schema,
            input_outline,
            bound_input_outline,
            output_outline: Arc::new(crate::schema::output_outline(&crate::schema::output::<T::Output>())),
            meta: T::meta(),
            output_schema: crate::schema::output::<T::Output>,
            examples: examples::<T>,
        }
    }

    /// JSON Schema 2020-12 of `structuredContent`, made for this call.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        (self.output_schema)()
    }

    /// Worked examples, made for this call.
    #[must_use]
    pub fn examples(&self) -> Vec<ExampleSpec> {
        (self.examples)()
    }
}

fn examples<T: Tool>() -> Vec<ExampleSpec> {
    let plain = |example: Example<T::Output>| ExampleSpec {
        title: example.title,
        arguments: example.arguments,
        structured: StructuredContent::new(&example.output).map(|data| data.to_value()).unwrap_or_default(),
        text: T::render(&example.output),
    };
    T::examples().into_iter().map(plain).collect()
}
