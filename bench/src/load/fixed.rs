//! `load http`: one request, as the file has it, again and again.

use memchr::memmem::Finder;

use super::answer::{Answer, Wrong};
use super::drive::Subject;

/// A request that never changes, and a text that every answer must have.
#[derive(Debug)]
pub struct Fixed {
    request: Vec<u8>,
    expected: Finder<'static>,
}

impl Fixed {
    /// The whole request, head and body, and a text that the body of an answer must hold.
    #[must_use]
    pub fn new(request: Vec<u8>, expected: &str) -> Self {
        Self { request, expected: Finder::new(expected).into_owned() }
    }
}

impl Subject for Fixed {
    const DRAINS: bool = false;

    fn request(&self, _: usize) -> &[u8] {
        &self.request
    }

    fn judge(&mut self, _: usize, answer: &Answer<'_>) -> Result<(), Wrong> {
        if answer.status != 200 {
            return Err(Wrong::Status(answer.status));
        }
        self.expected.find(answer.body).map(drop).ok_or(Wrong::Body)
    }
}
