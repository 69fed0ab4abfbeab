//! Where it is not known, or was seen both ways, what the real API does: which way the sandbox does it.

/// How v1 takes parameters that its document asks for, or does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum V1Parameters {
    /// As the real API was seen to: `maxResults` has a default, `participants[]` is `participants`, and what is
    /// unknown is ignored.
    #[default]
    Lenient,
    /// As the document says: without `maxResults` a list is a 400, and so is anything with an unknown parameter.
    Strict,
}

/// What an update of a v1 contact does to names that it leaves out. (The three lists it always replaces.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum V1ContactUpdate {
    /// First name, last name, company and role stay.
    #[default]
    KeepsNames,
    /// They are cleared, when the update has `defaultFields` at all.
    ClearsNames,
}

/// The two forms of an error's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorForm {
    /// `{"message": …, "title": …}`, as most errors.
    Flat,
    /// `{"error": {"message": …, "key": …}}`, as the gateway before v1 answers.
    Wrapped,
}
