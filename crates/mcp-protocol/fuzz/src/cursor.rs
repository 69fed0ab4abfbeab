//! Pagination: any list, any page size, any cursor.
//!
//! The input's first byte is the page size, its first line the cursor, the other lines the list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_protocol::Pagination;

/// Cuts the list, and asks for a page.
pub fn cursor(input: &[u8]) {
    let Some((size, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let mut lines = text.split('\n');
    let cursor = lines.next().unwrap_or_default();
    // A key names one item.
    let mut items: Vec<&str> = lines.collect();
    items.sort_unstable();
    items.dedup();
    let pages = Pagination::new(usize::from(*size));

    let mut visited = Vec::new();
    let mut next = None;
    loop {
        let (page, following) = pages.page(&items, |item| item, next.as_deref()).unwrap();
        assert!(page.len() <= usize::from((*size).max(1)));
        assert!(!page.is_empty() || items.is_empty(), "an empty page");
        visited.extend_from_slice(page);
        assert!(visited.len() <= items.len(), "an item twice");
        if following.is_none() {
            break;
        }
        next = following;
    }
    assert_eq!(visited, items);

    let after = items.iter().position(|item| URL_SAFE_NO_PAD.encode(item) == cursor);
    match pages.page(&items, |item| item, Some(cursor)) {
        Ok((page, _)) => assert!(items[after.unwrap() + 1..].starts_with(page)),
        Err(error) => assert!(after.is_none(), "{cursor} is of this list: {error}"),
    }
}
