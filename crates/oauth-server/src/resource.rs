//! Resources: the endpoints that tokens are for (RFC 8707), and which token works where.

use url::Url;

use crate::settings::Issuer;

/// An endpoint that takes our access tokens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResourceEndpoint {
    /// Its path below the mount, such as `/mcp`. The resource identifier is the issuer with this path.
    pub path: String,
    /// What it is, for people (`resource_name` of RFC 9728).
    pub name: String,
    /// Other endpoints where a token for this one works as well: narrower ones, and the same thing in another
    /// dialect. What those cover is covered, too.
    pub covers: Vec<String>,
    /// The most that can be granted through this endpoint, for the life of the grant. `None`: every scope.
    pub scopes: Option<Vec<String>>,
    /// Which other paths are further names of this endpoint: see [`ResourceEndpoint::also_serves`].
    pub aliases: Option<fn(&str) -> bool>,
}

impl ResourceEndpoint {
    /// An endpoint that covers no other and has no ceiling.
    #[must_use]
    pub fn new(path: impl Into<String>, name: impl Into<String>) -> Self {
        Self { path: path.into(), name: name.into(), covers: Vec::new(), scopes: None, aliases: None }
    }

    /// Names the endpoints where a token for this one works as well.
    #[must_use]
    pub fn covers(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.covers = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Limits what can be granted through this endpoint.
    #[must_use]
    pub fn scopes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Gives the endpoint further names: every path (below the mount) for which `is_alias` is true.
    ///
    /// Clients insist on metadata that names the very URL they were given (RFC 9728 section 3.3). So each alias has
    /// a metadata document of its own and is taken as `resource`; audience and scopes are this endpoint's. Only
    /// plain paths are asked about: up to 256 bytes of letters, digits and `-_.,/`, without empty or dot segments
    /// and without a closing slash. Another endpoint's own path is never an alias; of two endpoints that claim a
    /// path, the first has it.
    #[must_use]
    pub fn also_serves(mut self, is_alias: fn(&str) -> bool) -> Self {
        self.aliases = Some(is_alias);
        self
    }
}

/// Longest alias, in bytes.
const MAX_ALIAS: usize = 256;

/// Whether a path can be a resource's: the same for every parser, and nothing to escape anywhere.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./,".contains(&byte);
    path.bytes().all(plain)
        && path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(|segment| !matches!(segment, "" | "." | "..")))
}

/// A resource in the order of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceId(usize);

/// A resource under one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub(crate) id: ResourceId,
    /// Its own path or an alias, below the mount.
    pub(crate) path: &'a str,
}

/// All resources, with the audience rule worked out.
#[derive(Debug)]
pub(crate) struct Resources {
    origin: String,
    mount: String,
    endpoints: Vec<ResourceEndpoint>,
    /// `covered[a][b]`: a token for `a` works at `b`.
    covered: Vec<Vec<bool>>,
}

impl Resources {
    /// `endpoints` are valid and not empty: [`Settings::validate`](crate::Settings) has seen them.
    pub(crate) fn new(issuer: &Issuer, endpoints: Vec<ResourceEndpoint>) -> Self {
        let position = |path: &String| endpoints.iter().position(|endpoint| endpoint.path == *path);
        let covered = (0..endpoints.len())
            .map(|start| {
                let mut reached = vec![false; endpoints.len()];
                let mut open = vec![start];
                while let Some(index) = open.pop() {
                    if !std::mem::replace(&mut reached[index], true) {
                        open.extend(endpoints[index].covers.iter().filter_map(position));
                    }
                }
                reached
            })
            .collect();
        Self { origin: issuer.origin.clone(), mount: issuer.mount.clone(), endpoints, covered }
    }

    /// The audience of who names none (clients of 2025-03-26, and several others).
    pub(crate) fn default_id(&self) -> ResourceId {
        ResourceId(0)
    }

    pub(crate) fn endpoint(&self, id: ResourceId) -> &ResourceEndpoint {
        &self.endpoints[id.0]
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (ResourceId, &ResourceEndpoint)> {
        self.endpoints.iter().enumerate().map(|(index, endpoint)| (ResourceId(index), endpoint))
    }

    /// The resource of exactly this path (below the mount).
    pub(crate) fn by_path(&self, path: &str) -> Option<ResourceId> {
        self.endpoints.iter().position(|endpoint| endpoint.path == path).map(ResourceId)
    }

    /// The resource with this name: its own path or an alias (below the mount).
    pub(crate) fn named<'a>(&self, path: &'a str) -> Option<Named<'a>> {
        let is_alias = |endpoint: &ResourceEndpoint| endpoint.aliases.is_some_and(|is_alias| is_alias(path));
        let alias = || {
            let possible = path.len() <= MAX_ALIAS && is_plain_path(path);
            possible.then(|| self.endpoints.iter().position(is_alias).map(ResourceId))?
        };
        self.by_path(path).or_else(alias).map(|id| Named { id, path })
    }

    /// The default audience under its own name.
    pub(crate) fn default_named(&self) -> Named<'_> {
        let id = self.default_id();
        Named { id, path: &self.endpoint(id).path }
    }

    /// The resource that answers for a request's path: the one of that name, or the longest one that is a parent,
    /// so that `/sse/message` belongs to `/sse`. The mount may be there or have been stripped.
    pub(crate) fn serving<'a>(&'a self, path: &'a str) -> Option<Named<'a>> {
        let below = path.strip_prefix(&self.mount).filter(|rest| rest.starts_with('/')).unwrap_or(path);
        self.named(below).or_else(|| self.parent(below))
    }

    fn parent(&self, below: &str) -> Option<Named<'_>> {
        let is_parent = |endpoint: &ResourceEndpoint| {
            below.strip_prefix(&endpoint.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        (0..self.endpoints.len())
            .filter(|index| is_parent(&self.endpoints[*index]))
            .max_by_key(|index| self.endpoints[*index].path.len())
            .map(|index| Named { id: ResourceId(index), path: &self.endpoints[index].path })
    }

    /// Whether a token for `granted` works at `requested`.
    pub(crate) fn covers(&self, granted: ResourceId, requested: ResourceId) -> bool {
        self.covered[granted.0][requested.0]
    }

    /// The resource identifier: what clients put into `resource` and what the metadata says.
    pub(crate) fn identifier(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.mount)
    }

    /// Where the resource's metadata is: the well-known name goes before the path (RFC 9728 section 3.1).
    pub(crate) fn metadata_url(&self, path: &str) -> String {
        let Self { origin, mount, .. } = self;
        format!("{origin}{}{mount}{path}", crate::metadata::PROTECTED_RESOURCE)
    }

    /// The resource that a `resource` parameter names. Scheme and host in any case, a default port, one closing
    /// slash and a query are forgiven (clients keep what the user typed); nothing else is.
    pub(crate) fn by_identifier(&self, text: &str) -> Option<ResourceId> {
        let raw_path = text.split_once("://")?.1.split(['?', '#']).next()?.split_once('/')?.1;
        let dotted = raw_path.split('/').any(|segment| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment == "." || segment == ".."
        });
        if dotted || text.contains('\\') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        if !plain || url.origin().ascii_serialization() != self.origin {
            return None;
        }
        let path = url.path().strip_prefix(&self.mount)?;
        self.named(path.strip_suffix('/').unwrap_or(path)).map(|named| named.id)
    }
}
