//! What an embedder holds while a call runs.

use std::any::Any;
use std::fmt;

/// Held from [`Access::admit`](super::Access::admit) to the end of the call, such as a place among those that may run.
#[derive(Default)]
pub struct Admitted {
    _held: Option<Box<dyn Any + Send>>,
}

impl Admitted {
    /// Drops this when the call is over.
    #[must_use]
    pub fn holding(held: impl Any + Send) -> Self {
        Self { _held: Some(Box::new(held)) }
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted").finish_non_exhaustive()
    }
}
