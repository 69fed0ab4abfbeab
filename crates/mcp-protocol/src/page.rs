//! One page of a list: the answers of `resources/list`, `resources/templates/list` and `prompts/list`, which differ in
//! their items alone.

macro_rules! page {
    ($(#[$doc:meta])* $name:ident, $member:literal, $item:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct $name {
            /// The items of this page.
            pub items: Vec<$item>,
            /// Where the next page starts; none when this was the last.
            pub next_cursor: Option<String>,
            /// How long the client may keep the list (2026-07-28).
            pub cache: CacheHint,
        }

        impl $name {
            /// One page, the last.
            #[must_use]
            pub fn new(items: Vec<$item>) -> Self {
                Self { items, next_cursor: None, cache: CacheHint::default() }
            }

            /// Sets the cursor of the next page.
            #[must_use]
            pub fn with_next_cursor(mut self, cursor: impl Into<String>) -> Self {
                self.next_cursor = Some(cursor.into());
                self
            }

            /// Sets the cache hint.
            #[must_use]
            pub fn with_cache(mut self, cache: CacheHint) -> Self {
                self.cache = cache;
                self
            }
        }

        impl ResultBody for $name {
            fn write_members<M: SerializeMap>(
                &self,
                version: ProtocolVersion,
                map: &mut M,
            ) -> Result<(), M::Error> {
                map.serialize_entry($member, &At(self.items.as_slice(), version))?;
                entry(map, "nextCursor", self.next_cursor.as_ref())
            }

            fn cache(&self) -> Option<CacheHint> {
                Some(self.cache)
            }
        }
    };
}
pub(crate) use page;
