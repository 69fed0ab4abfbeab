//! Why a tool did not do what was asked, for three readers.
//!
//! The log gets [`ToolError::kind`] and the source; the wire gets a result with `isError`; the model gets
//! [`ToolError::to_text`]: what happened, whether anything was sent, and what to do next. `Display` and `Debug`
//! hold no argument, number or message text. `upstream` maps what the OpenPhone API says.

mod kind;
mod upstream;

use std::fmt;
use std::time::Duration;

pub use kind::ToolErrorKind;

use crate::asking::Question;

/// One wrong argument.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// Where: `messages[2].to`. Empty: the arguments as a whole.
    pub path: String,
    /// What is wrong and what is expected, as the rest of a sentence.
    pub problem: String,
}

impl FieldError {
    /// A wrong argument.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }
}

/// Only the place: the problem may quote what was given.
impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldError").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Whether anything went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Effect {
    /// The tool only reads.
    None,
    /// Nothing was sent or written.
    Nothing(&'static str),
    /// It may have been.
    Unknown(&'static str),
}

/// Why a tool did not do what was asked.
pub struct ToolError(Box<Inner>);

struct Inner {
    kind: ToolErrorKind,
    what: String,
    effect: Effect,
    next: String,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    concerns_all: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    question: Option<Question>,
}

impl ToolError {
    /// A failure: `what` happened, and what to do `next`, as whole sentences for the model.
    pub fn new(kind: ToolErrorKind, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            effect: Effect::None,
            next: next.into(),
            fields: Vec::new(),
            retry_after: None,
            concerns_all: false,
            source: None,
            question: None,
        }))
    }

    /// The person must be asked first. Nothing was done, and the call is to be made again with the answer.
    #[must_use]
    pub fn asking(question: Question) -> Self {
        let what = "The person has to approve this first.";
        let mut error = Self::new(ToolErrorKind::ConfirmationNeeded, what, "").nothing_sent();
        error.0.question = Some(question);
        error
    }

    /// Wrong arguments, each named.
    #[must_use]
    pub fn arguments(fields: Vec<FieldError>) -> Self {
        let what = match fields.len() {
            1 => "One argument is wrong.".to_owned(),
            count => format!("{count} arguments are wrong."),
        };
        let next = "Correct what is named above and call again.";
        let mut error = Self::new(ToolErrorKind::InvalidArguments, what, next);
        error.0.fields = fields;
        error
    }

    /// One wrong argument.
    pub fn argument(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::arguments(vec![FieldError::new(path, problem)])
    }

    /// A read of the OpenPhone API failed.
    #[must_use]
    pub fn reading(error: openphone_client::Error) -> Self {
        upstream::explain(error, upstream::Verb::Read)
    }

    /// A write to the OpenPhone API failed, and nothing was written.
    #[must_use]
    pub fn writing(error: openphone_client::Error) -> Self {
        upstream::explain(error, upstream::Verb::Write)
    }

    /// A text was refused or could not be handed over.
    #[must_use]
    pub fn sending(error: openphone_client::Error) -> Self {
        upstream::explain(error, upstream::Verb::Send)
    }

    /// The state store failed: sends fail closed.
    #[must_use]
    pub fn store(error: state_store::StoreError) -> Self {
        Self::new(
            ToolErrorKind::StoreUnavailable,
            "This server cannot reach its own records at the moment, and without them it could send a text twice, so it does not send.",
            "Try the same call again in a minute. Reading still works.",
        )
        .nothing_sent()
        .because(error)
    }

    /// States that nothing was sent.
    #[must_use]
    pub fn nothing_sent(mut self) -> Self {
        self.0.effect = Effect::Nothing("Nothing was sent.");
        self
    }

    /// States that nothing was created or changed.
    #[must_use]
    pub fn nothing_written(mut self) -> Self {
        self.0.effect = Effect::Nothing("Nothing was created or changed.");
        self
    }

    /// States that the text may have gone out.
    #[must_use]
    pub fn perhaps_sent(mut self) -> Self {
        self.0.effect = Effect::Unknown("The text may have been sent.");
        self
    }

    /// States that something may have been created or changed.
    #[must_use]
    pub fn perhaps_written(mut self) -> Self {
        self.0.effect = Effect::Unknown("It may have been done.");
        self
    }

    /// When trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Keeps the cause, for the log.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// What to do next, for a result that lists several outcomes; empty where there is nothing to say.
    #[must_use]
    pub fn next(&self) -> &str {
        &self.0.next
    }

    /// The same once more, for another text that it stands against, or another call that waited for the same thing. The cause stays with the first.
    pub(crate) fn again(&self) -> Self {
        let Inner { kind, what, effect, next, fields, retry_after, concerns_all, .. } = &*self.0;
        let again = Self::new(*kind, what.clone(), next.clone());
        Self(Box::new(Inner {
            effect: *effect,
            fields: fields.clone(),
            retry_after: *retry_after,
            concerns_all: *concerns_all,
            ..*again.0
        }))
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> ToolErrorKind {
        self.0.kind
    }

    /// A check that has to come first could not be made, because of this. `what` could not be found out; the next step
    /// is `next`, unless this failure would meet every other call too and has a step of its own.
    pub(crate) fn while_checking(&self, what: &str, next: &str) -> Self {
        let next = if self.0.concerns_all { self.0.next.clone() } else { next.to_owned() };
        let mut checking = Self::new(self.0.kind, format!("{what}: {}", self.0.what), next);
        checking.0.retry_after = self.0.retry_after;
        checking.0.concerns_all = self.0.concerns_all;
        checking
    }

    /// Whether any other call with this key would fail alike: the key, the subscription, the carriers' daily limit, an
    /// OpenPhone that is out of reach.
    pub(crate) fn concerns_all(&self) -> bool {
        self.0.concerns_all
    }

    /// Whether what was asked for may have been done all the same.
    pub(crate) fn may_have_happened(&self) -> bool {
        matches!(self.0.effect, Effect::Unknown(_))
    }

    /// What the person must be asked, if that is what it is about.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.0.question.as_ref()
    }

    /// How long to wait before another try, if that is known.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The wrong arguments, if that is what it is about.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// What happened, in one line, for a result that lists several outcomes.
    #[must_use]
    pub fn reason(&self) -> String {
        self.0.what.clone()
    }

    /// The same failure, with the one of several whom it is about.
    #[must_use]
    pub(crate) fn about(&self, whom: &str) -> Self {
        let mut about = self.again();
        about.0.what = format!("Of the group, {whom}: {}", about.0.what);
        about
    }

    /// The text for the model: what happened, whether anything was sent, what to do next.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = self.0.what.clone();
        for field in &self.0.fields {
            let path = if field.path.is_empty() { "arguments" } else { &field.path };
            text.push_str(&format!("\n- {path} {}", field.problem));
        }
        match self.0.effect {
            Effect::None => {}
            Effect::Nothing(sentence) | Effect::Unknown(sentence) => {
                text.push('\n');
                text.push_str(sentence);
            }
        }
        if !self.0.next.is_empty() {
            text.push_str("\nNext: ");
            text.push_str(&self.0.next);
        }
        if let Some(wait) = self.0.retry_after {
            text.push_str(&format!(" Wait {} first.", crate::time::duration(wait)));
        }
        text
    }
}

/// For logs: the kind, never the sentences.
impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tool failed: {:?}", self.0.kind)
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolError")
            .field("kind", &self.0.kind)
            .field("effect", &self.0.effect)
            .field("fields", &self.0.fields)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ToolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
