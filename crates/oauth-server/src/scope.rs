//! Scopes: what can be granted, what implies what, and how a request becomes a grant (RFC 6749 section 3.3).

use std::borrow::Cow;

/// Asks for a refresh token in OpenID Connect's words. Accepted everywhere and inert: we always issue one.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// A scope that can be granted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScopeInfo {
    /// Its name on the wire, such as `example:read`.
    pub name: String,
    /// A few words for people: `Read messages and contacts`.
    pub title: String,
    /// One sentence for people.
    pub description: String,
    /// Scopes that this one includes.
    pub implies: Vec<String>,
    /// Granted to who asks for nothing in particular, named by challenges and by the protected-resource
    /// metadata (which clients ask for as a whole).
    pub baseline: bool,
}

impl ScopeInfo {
    /// A scope that implies no other and is not in the baseline.
    #[must_use]
    pub fn new(name: impl Into<String>, title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            description: description.into(),
            implies: Vec::new(),
            baseline: false,
        }
    }

    /// Names the scopes that this one includes.
    #[must_use]
    pub fn implies(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.implies = names.into_iter().map(Into::into).collect();
        self
    }

    /// Puts the scope into the baseline.
    #[must_use]
    pub fn baseline(mut self) -> Self {
        self.baseline = true;
        self
    }
}

/// The requested text is not a scope list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MalformedScope;

/// All scopes of the server.
#[derive(Debug)]
pub(crate) struct Scopes(Vec<ScopeInfo>);

impl Scopes {
    pub(crate) fn new(scopes: Vec<ScopeInfo>) -> Self {
        Self(scopes)
    }

    /// Every scope, in declared order.
    pub(crate) fn all(&self) -> &[ScopeInfo] {
        &self.0
    }

    /// What an authorization request is for: what it asks for and we know, with what that implies, within
    /// `ceiling`. Scopes we do not know are left out and the token response says so; if nothing is left (some
    /// clients fall back to `openid email profile`), it is the baseline.
    pub(crate) fn requested(
        &self,
        text: Option<&str>,
        ceiling: Option<&[String]>,
    ) -> Result<Vec<String>, MalformedScope> {
        let asked = split(text.unwrap_or_default())?;
        let granted = self.within(&self.closure(&asked), ceiling);
        Ok(if granted.is_empty() { self.baseline(ceiling) } else { granted })
    }

    /// What a refresh may have: `granted`, or the part of it that is asked for (RFC 6749 section 6). `None`
    /// when nothing that was asked for was ever granted.
    pub(crate) fn narrowed<'a>(
        &self,
        text: Option<&str>,
        granted: &'a [String],
    ) -> Result<Option<Cow<'a, [String]>>, MalformedScope> {
        let asked = split(text.unwrap_or_default())?;
        if asked.iter().all(|name| *name == OFFLINE_ACCESS) {
            return Ok(Some(Cow::Borrowed(granted)));
        }
        let narrowed = self.within(&self.closure(&asked), Some(granted));
        Ok((!narrowed.is_empty()).then_some(Cow::Owned(narrowed)))
    }

    /// The baseline within `ceiling`; the whole ceiling where the two have nothing in common.
    pub(crate) fn baseline(&self, ceiling: Option<&[String]>) -> Vec<String> {
        let names: Vec<&str> =
            self.0.iter().filter(|scope| scope.baseline).map(|scope| scope.name.as_str()).collect();
        let baseline = self.within(&self.closure(&names), ceiling);
        match ceiling {
            Some(ceiling) if baseline.is_empty() => ceiling.to_vec(),
            _ => baseline,
        }
    }

    /// The names with everything they imply, known ones only, in declared order.
    fn closure(&self, names: &[&str]) -> Vec<&str> {
        let mut reached: Vec<&str> = Vec::new();
        let mut open: Vec<&str> = names.to_vec();
        while let Some(name) = open.pop() {
            let Some(scope) = self.0.iter().find(|scope| scope.name == name) else { continue };
            if !reached.contains(&scope.name.as_str()) {
                reached.push(&scope.name);
                open.extend(scope.implies.iter().map(String::as_str));
            }
        }
        reached
    }

    fn within(&self, names: &[&str], ceiling: Option<&[String]>) -> Vec<String> {
        let allowed = |name: &String| ceiling.is_none_or(|ceiling| ceiling.contains(name));
        self.0
            .iter()
            .map(|scope| &scope.name)
            .filter(|name| names.contains(&name.as_str()) && allowed(name))
            .cloned()
            .collect()
    }
}

/// Whether `name` is a `scope-token` of RFC 6749 section 3.3.
pub(crate) fn is_scope_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
        && name.len() <= 128
}

/// The names in a scope list. Extra spaces are tolerated: a large client was seen to send a leading one.
fn split(text: &str) -> Result<Vec<&str>, MalformedScope> {
    let names: Vec<&str> = text.split(' ').filter(|name| !name.is_empty()).collect();
    if names.iter().all(|name| is_scope_token(name)) { Ok(names) } else { Err(MalformedScope) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> Scopes {
        Scopes::new(vec![
            ScopeInfo::new("x:read", "", "").baseline(),
            ScopeInfo::new("x:write", "", "").implies(["x:read"]).baseline(),
            ScopeInfo::new("x:admin", "", "").implies(["x:write"]),
        ])
    }

    #[test]
    fn c7_b10_requests_are_narrowed_and_implied_scopes_added() {
        let read = ["x:read".to_owned()];
        for (asked, ceiling, expected) in [
            (None, None, "x:read x:write"),
            (Some(""), None, "x:read x:write"),
            (Some("x:read"), None, "x:read"),
            (Some("  x:write x:write"), None, "x:read x:write"),
            (Some("x:admin"), None, "x:read x:write x:admin"),
            (Some("x:read offline_access unknown"), None, "x:read"),
            (Some("openid email profile"), None, "x:read x:write"),
            (Some("offline_access"), None, "x:read x:write"),
            (Some("x:admin"), Some(&read[..]), "x:read"),
            (None, Some(&read[..]), "x:read"),
        ] {
            let granted = scopes().requested(asked, ceiling).expect("well formed");
            assert_eq!(granted.join(" "), expected, "asked {asked:?}");
        }
        let long = "x".repeat(128);
        assert!(is_scope_token(&long) && !is_scope_token(&format!("{long}x")) && !is_scope_token(""));
        for malformed in ["x:read\nx:write", "a\"b", "a\\b", "é"] {
            assert_eq!(scopes().requested(Some(malformed), None), Err(MalformedScope));
        }
    }

    #[test]
    fn g7_a_refresh_only_shrinks() {
        let granted: Vec<String> = vec!["x:read".to_owned(), "x:write".to_owned()];
        for (asked, expected) in [
            (None, Some("x:read x:write")),
            (Some("offline_access"), Some("x:read x:write")),
            (Some("x:read offline_access"), Some("x:read")),
            (Some("x:admin"), Some("x:read x:write")),
            (Some("nonsense"), None),
        ] {
            let narrowed = scopes().narrowed(asked, &granted).expect("well formed");
            assert_eq!(narrowed.map(|names| names.join(" ")).as_deref(), expected, "asked {asked:?}");
        }
    }

    #[test]
    fn b3_without_a_wish_it_is_the_baseline_as_far_as_the_endpoint_goes() {
        let ceiling = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let scopes = scopes();
        assert_eq!(scopes.baseline(None), ["x:read", "x:write"]);
        assert_eq!(scopes.baseline(Some(&ceiling(&["x:read"]))), ["x:read"]);
        assert_eq!(
            scopes.baseline(Some(&ceiling(&["x:read", "x:admin"]))),
            ["x:read"],
            "not the whole ceiling"
        );
        assert_eq!(
            scopes.baseline(Some(&ceiling(&["x:admin"]))),
            ["x:admin"],
            "an endpoint for nothing else"
        );
    }
}
