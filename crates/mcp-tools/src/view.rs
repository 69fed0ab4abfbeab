//! What one request may see of the catalogue: mode, scopes, toolsets and limits, combined.
//!
//! A view only ever narrows. What it hides cannot be called either; what the limits hide says so when it is called.

use crate::client_mode::ClientMode;
use crate::limits::Limits;
use crate::scope::{Scope, Scopes};
use crate::tool::ToolSpec;
use crate::toolset::Toolsets;

/// Filters on the catalogue for one request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct View {
    /// The set of tools for this client.
    pub mode: ClientMode,
    /// What the grant allows.
    pub scopes: Scopes,
    /// The toolsets asked for by URL or set by the operator.
    pub toolsets: Toolsets,
    /// What this connection may do at most: operator, grant and URL together.
    pub limits: Limits,
}

/// Whether a view lets a tool be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Callable,
    NeedsScope,
    /// The mode or the toolsets leave it out, or what it prepares could not be sent.
    Hidden,
    /// The limits do: why.
    NotAllowed(&'static str),
}

impl View {
    /// The whole catalogue of a mode, as far as the scopes go.
    #[must_use]
    pub fn new(mode: ClientMode, scopes: Scopes) -> Self {
        Self { mode, scopes, ..Self::default() }
    }

    /// Narrows to these toolsets.
    #[must_use]
    pub fn with_toolsets(self, toolsets: Toolsets) -> Self {
        Self { toolsets: self.toolsets.intersection(toolsets), ..self }
    }

    /// Tightens the limits.
    #[must_use]
    pub fn with_limits(self, limits: &Limits) -> Self {
        Self { limits: self.limits.tightened(limits), ..self }
    }

    /// Narrows to tools that only read.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.limits.read_only = true;
        self
    }

    /// Whether only one inbox is within reach, so that arguments need not name it.
    pub(crate) fn is_bound(&self) -> bool {
        self.limits.inboxes.as_ref().is_some_and(|inboxes| inboxes.len() == 1)
    }

    pub(crate) fn visibility(&self, spec: &ToolSpec) -> Visibility {
        self.facets().visibility(spec)
    }

    pub(crate) fn facets(&self) -> Facets {
        Facets {
            mode: self.mode,
            scopes: self.scopes,
            toolsets: self.toolsets,
            bound: self.is_bound(),
            read_only: self.limits.read_only,
            no_texting: !self.limits.texting_allowed(),
            reply_only: self.limits.reply_only,
            may_need_confirmation: self.limits.may_need_confirmation(),
        }
    }

    /// Whether `tools/list` names the tool. ChatGPT asks for a further scope by what the list declares
    /// (`securitySchemes`), so its list holds tools whose scope is not granted yet; other clients learn it
    /// from the challenge.
    pub(crate) fn lists(&self, spec: &ToolSpec) -> bool {
        match self.visibility(spec) {
            Visibility::Callable => true,
            Visibility::NeedsScope => self.mode == ClientMode::ChatGpt,
            Visibility::Hidden | Visibility::NotAllowed(_) => false,
        }
    }
}

/// All of a view that decides which tools are listed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each narrows the catalogue by itself")]
pub(crate) struct Facets {
    mode: ClientMode,
    scopes: Scopes,
    toolsets: Toolsets,
    bound: bool,
    read_only: bool,
    no_texting: bool,
    reply_only: bool,
    may_need_confirmation: bool,
}

impl Facets {
    fn visibility(&self, spec: &ToolSpec) -> Visibility {
        // A mode whose sends may need a confirmation offers what makes one.
        let offered = self.mode.offers(spec) || (spec.prepares_texts && self.may_need_confirmation);
        let useless = spec.prepares_texts && !self.scopes.allow(Scope::Write);
        if !offered || useless || !self.toolsets.contains(spec.toolset) {
            Visibility::Hidden
        } else if self.read_only && !spec.annotations.read_only {
            Visibility::NotAllowed("this connection may only read")
        } else if (spec.texts_people || spec.prepares_texts) && self.no_texting {
            Visibility::NotAllowed("this connection may not text anyone")
        } else if spec.adds_numbers && self.reply_only {
            Visibility::NotAllowed(
                "this connection may only answer people, and so adds nobody to the contacts",
            )
        } else if self.scopes.allow(spec.scope) {
            Visibility::Callable
        } else {
            Visibility::NeedsScope
        }
    }
}
