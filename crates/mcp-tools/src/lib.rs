//! The OpenPhone tools: one declaration each, projected to every client.
//!
//! A [`Tool`] is a Rust type: its input and output types make the schemas, its constants the description,
//! hints, scope and toolset. [`Catalog`] holds every tool once, lists them through a [`View`] (client mode,
//! scopes, toolsets, limits) and calls them with a [`Context`] (whose workspace, under which limits, until
//! when). What a view hides cannot be called.
//!
//! # Where things are
//! * [`tool`], [`catalog`], [`view`], [`mod@client_mode`], [`toolset`], [`scope`], [`schema`]: the framework; it
//!   knows no tool.
//! * [`tools`]: one file per tool.
//! * [`server`]: the whole as an MCP server, for whichever login stands before it.
//! * [`safety`]: everything that stands between a send tool and the upstream: ledger, quotas, reconciliation.
//!   No tool sends in any other way.
//! * [`context`], [`limits`], [`asking`], [`error`]: what a call works with, what it asks the person, how it fails.
//! * [`audit`]: one record per write and per refusal, for the operator's log and for the user.
//! * [`cost`]: what a tool costs every conversation. [`mod@recordings`]: what the worked examples answer.
//! * [`text`], [`numbers`], `place`, [`time`], [`reading`]: text from outsiders, phone numbers and where they belong,
//!   moments, lists that fit.
//!
//! # How to add a tool
//! 1. A file in `tools/` with its input, output, `impl Tool` and worked examples.
//! 2. A line in [`tools::register_all`]; if ChatGPT shall have it, one in [`mod@client_mode`].
//! 3. A whole-tool test in `tests/it`; the list and schema snapshots follow.

pub mod asking;
pub mod audit;
mod calls;
pub mod catalog;
pub mod client_mode;
pub mod completion;
mod contact;
pub mod context;
mod conversations;
pub mod cost;
pub mod error;
pub mod icon;
mod inbox;
pub mod limits;
pub mod numbers;
mod people;
mod per_key;
mod place;
pub mod prompts;
pub mod reading;
pub mod recordings;
pub mod resources;
pub mod safety;
pub mod schema;
pub mod scope;
pub mod server;
mod tasks;
mod team;
pub mod text;
pub mod time;
pub mod tool;
pub mod tools;
pub mod toolset;
pub mod view;

pub use asking::{Asking, Question};
pub use audit::{AuditOutcome, AuditRecord, AuditSink, Dedupe, TracingAudit};
pub use calls::{Ending, SummaryItem, SummaryState, VoicemailItem, VoicemailState};
pub use catalog::{CallOutcome, Catalog, CatalogError};
pub use client_mode::{ClientFacts, ClientMode, client_mode};
pub use contact::custom_fields::CustomValue;
pub use contact::note::{Mention, NoteItem};
pub use contact::{ContactItem, CustomFieldItem, LabelledValue, WholeContact};
pub use context::{Context, Services};
pub use cost::Cost;
pub use error::{FieldError, ToolError, ToolErrorKind};
pub use icon::Icon;
pub use inbox::InboxLabel;
pub use limits::{Limits, QuietHours, RecipientRule};
pub use people::Person;
pub use reading::frame::{Frame, Period};
pub use reading::interval::Way;
pub use recordings::{Recording, Recordings, recordings};
pub use scope::{Scope, Scopes};
pub use server::{Access, Admitted, ToolServer};
pub use tool::{Annotations, Example, ExampleSpec, Tool, ToolSpec};
pub use toolset::{Toolset, Toolsets};
pub use view::View;
