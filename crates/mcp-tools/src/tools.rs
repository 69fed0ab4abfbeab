//! The tools, one file each, and the order in which they are listed.

pub mod bulk_messages;
pub mod send_message;

use crate::catalog::{Catalog, CatalogError};

pub use bulk_messages::BulkMessages;
pub use send_message::SendMessage;

/// Adds every tool of this crate.
///
/// # Errors
///
/// Never with an empty catalogue (a test builds it); a name may be taken in one that has tools.
pub fn register_all(catalog: Catalog) -> Result<Catalog, CatalogError> {
    catalog.with(SendMessage)?.with(BulkMessages)
}
