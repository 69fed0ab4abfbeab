//! How a call asks the person behind the client, and how the answer comes back.
//!
//! This crate knows no client: whoever makes a [`Context`](crate::Context) says whether its client can be asked
//! ([`Asking`]), puts a [`Question`] to the person when a call ends with one
//! ([`CallOutcome::Ask`](crate::CallOutcome::Ask)), and calls again with what was answered.

use std::fmt;

/// What a call must know before it goes on.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// Names the question, what it is about included. It must come back as it is and past nobody who could change it:
    /// an answer counts for this question only, once, and for a few minutes.
    pub id: String,
    /// What the person reads, lines included. The answer is yes or no.
    pub message: String,
    /// What a yes means, in a few words, for a box to tick.
    pub yes: &'static str,
}

impl Question {
    pub(crate) fn new(id: String, message: String, yes: &'static str) -> Self {
        Self { id, message, yes }
    }
}

/// The message holds numbers and texts.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").finish_non_exhaustive()
    }
}

/// Whether the person can be asked, and what they answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    possible: bool,
    answer: Option<(String, bool)>,
}

impl Asking {
    /// The client cannot ask its user anything. So it is unless told otherwise.
    #[must_use]
    pub fn impossible() -> Self {
        Self::default()
    }

    /// The client can ask its user.
    #[must_use]
    pub fn possible() -> Self {
        Self { possible: true, answer: None }
    }

    /// What the person answered to the [`Question`] with this id: a clear yes, or anything else.
    #[must_use]
    pub fn with_answer(self, id: impl Into<String>, yes: bool) -> Self {
        Self { answer: Some((id.into(), yes)), ..self }
    }

    pub(crate) fn is_possible(&self) -> bool {
        self.possible
    }

    /// The id of the question that was answered, and whether with yes.
    pub(crate) fn answer(&self) -> Option<(&str, bool)> {
        self.answer.as_ref().map(|(id, yes)| (id.as_str(), *yes))
    }
}
