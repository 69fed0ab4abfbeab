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
}

impl ResourceEndpoint {
    /// An endpoint that covers no other and has no ceiling.
    #[must_use]
    pub fn new(path: impl Into<String>, name: impl Into<String>) -> Self {
        Self { path: path.into(), name: name.into(), covers: Vec::new(), scopes: None }
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
}

/// A resource in the order of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceId(usize);

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

    /// The resource that answers for a request's path: the longest one that is the path or a parent of it, so
    /// that `/sse/message` belongs to `/sse`. The mount may be there or have been stripped.
    pub(crate) fn serving(&self, path: &str) -> Option<ResourceId> {
        let below = path.strip_prefix(&self.mount).filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let is_parent = |endpoint: &ResourceEndpoint| {
            below.strip_prefix(&endpoint.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        (0..self.endpoints.len())
            .filter(|index| is_parent(&self.endpoints[*index]))
            .max_by_key(|index| self.endpoints[*index].path.len())
            .map(ResourceId)
    }

    /// Whether a token for `granted` works at `requested`.
    pub(crate) fn covers(&self, granted: ResourceId, requested: ResourceId) -> bool {
        self.covered[granted.0][requested.0]
    }

    /// The resource identifier: what clients put into `resource` and what the metadata says.
    pub(crate) fn identifier(&self, id: ResourceId) -> String {
        format!("{}{}{}", self.origin, self.mount, self.endpoint(id).path)
    }

    /// Where the resource's metadata is: the well-known name goes before the path (RFC 9728 section 3.1).
    pub(crate) fn metadata_url(&self, id: ResourceId) -> String {
        let Self { origin, mount, .. } = self;
        format!("{origin}{}{mount}{}", crate::metadata::PROTECTED_RESOURCE, self.endpoint(id).path)
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
        self.by_path(path.strip_suffix('/').unwrap_or(path))
    }
}
