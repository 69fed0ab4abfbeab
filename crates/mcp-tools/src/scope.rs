//! OAuth scopes of the tools, and sets of them (RFC 6749 section 3.3; `scopes_supported` of RFC 9728).

use std::fmt;

/// One scope. A wider scope implies the narrower ones: see [`Scopes::allow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Read messages, calls and contacts.
    Read,
    /// Text people, and write contacts, tasks and notes. Implies [`Scope::Read`].
    Write,
    /// See what other connections of the same API key did. Implies the other two.
    Admin,
}

impl Scope {
    /// Every scope, narrowest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The scope's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "openphone:read",
            Self::Write => "openphone:write",
            Self::Admin => "openphone:admin",
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a grant allows: the widest of its scopes, since each implies the narrower ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(Option<Scope>);

impl Scopes {
    /// No scope at all: nothing is callable.
    pub const NONE: Self = Self(None);
    /// Every scope.
    pub const ALL: Self = Self(Some(Scope::Admin));

    /// The scopes of a grant by their wire names. Names of other servers' scopes are passed over.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().filter_map(Scope::from_name).collect()
    }

    /// Whether something that needs `scope` is allowed.
    #[must_use]
    pub fn allow(self, scope: Scope) -> bool {
        self.0.is_some_and(|widest| widest >= scope)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().max())
    }
}

impl From<Scope> for Scopes {
    fn from(scope: Scope) -> Self {
        Self(Some(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_scope_implies_the_narrower_ones() {
        let write = Scopes::from_names(["profile", "openphone:write"]);
        assert!(write.allow(Scope::Read) && write.allow(Scope::Write));
        assert!(!write.allow(Scope::Admin));
        assert!(Scopes::ALL.allow(Scope::Admin));
        assert!(!Scopes::from_names(["profile", "OPENPHONE:READ"]).allow(Scope::Read));
    }
}
