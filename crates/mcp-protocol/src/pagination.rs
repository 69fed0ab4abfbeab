//! [`Pagination`]: cutting a list into pages with opaque cursors (`tool.page`).
//!
//! A cursor names the item after which the next page begins, so pages stay right when the list grows or shrinks between
//! them; one that names nothing in the list is refused.
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination>.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::RpcError;

/// How long a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pagination {
    page_size: usize,
}

impl Pagination {
    /// Pages of this many items, at least one.
    #[must_use]
    pub const fn new(page_size: usize) -> Self {
        Self { page_size: if page_size == 0 { 1 } else { page_size } }
    }

    /// The page that begins at `cursor`, and the cursor of the next one. `key` names an item uniquely in the list.
    ///
    /// ```
    /// use mcp_protocol::Pagination;
    ///
    /// let names = ["a", "b", "c"];
    /// let (first, next) = Pagination::new(2).page(&names, |name| name, None)?;
    /// assert_eq!(first, ["a", "b"]);
    /// let (second, end) = Pagination::new(2).page(&names, |name| name, next.as_deref())?;
    /// assert_eq!((second, end), (&["c"][..], None));
    /// # Ok::<(), mcp_protocol::RpcError>(())
    /// ```
    ///
    /// # Errors
    /// -32602 for a cursor that this list did not give.
    pub fn page<'a, T>(
        &self,
        items: &'a [T],
        key: impl for<'b> Fn(&'b T) -> &'b str,
        cursor: Option<&str>,
    ) -> Result<(&'a [T], Option<String>), RpcError> {
        let start = match cursor {
            None => 0,
            Some(cursor) => {
                let after = URL_SAFE_NO_PAD.decode(cursor).ok().ok_or_else(unknown)?;
                let position = items.iter().position(|item| key(item).as_bytes() == after);
                position.ok_or_else(unknown)? + 1
            }
        };
        let rest = items.get(start..).unwrap_or_default();
        let page = rest.get(..self.page_size).unwrap_or(rest);
        let next = page.last().filter(|_| page.len() < rest.len());
        Ok((page, next.map(|last| URL_SAFE_NO_PAD.encode(key(last)))))
    }
}

fn unknown() -> RpcError {
    RpcError::invalid_params(
        "cursor: not one of this list, or its item is gone. Start again without a cursor",
    )
}
