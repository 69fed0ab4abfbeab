//! Finds the operation of a method and path.

use std::collections::HashMap;

use http::Method;

use crate::Operation;

/// The routes of all operations.
#[derive(Debug)]
pub(crate) struct Router {
    methods: HashMap<Method, matchit::Router<Operation>>,
}

/// An operation and its decoded path parameters.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) operation: Operation,
    pub(crate) params: Vec<(String, String)>,
}

impl Router {
    /// Routes for [`Operation::ALL`]. A path that clashes with another is left out, which the test below
    /// would notice.
    pub(crate) fn new() -> Self {
        let mut methods: HashMap<Method, matchit::Router<Operation>> = HashMap::new();
        for &operation in Operation::ALL {
            let routes = methods.entry(operation.method()).or_default();
            if let Err(clash) = routes.insert(operation.path(), operation) {
                tracing::error!(operation = operation.id(), %clash, "route left out");
            }
        }
        Self { methods }
    }

    pub(crate) fn route(&self, method: &Method, path: &str) -> Option<Routed> {
        // Express answers with or without a slash at the end.
        let path = path.strip_suffix('/').filter(|trimmed| !trimmed.is_empty()).unwrap_or(path);
        // It answers HEAD where it answers GET, too.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let matched = self.methods.get(method)?.at(path).ok()?;
        let params = matched
            .params
            .iter()
            .map(|(name, value)| {
                let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
                (name.to_owned(), value.into_owned())
            })
            .collect();
        Some(Routed { operation: *matched.value, params })
    }
}

#[cfg(test)]
mod tests {
    use super::Router;
    use crate::Operation;

    #[test]
    fn every_operation_is_reached_by_its_own_method_and_path() {
        let router = Router::new();
        for &operation in Operation::ALL {
            let path = operation.path().replace(['{', '}'], "");
            let routed = router.route(&operation.method(), &path).map(|routed| routed.operation);
            assert_eq!(routed, Some(operation), "{} {path}", operation.method());
        }
    }
}
