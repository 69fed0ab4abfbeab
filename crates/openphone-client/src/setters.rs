//! The setters of queries and of what is to be made: each takes a value or an `Option` of it.

/// Declares, inside an `impl`, one chainable setter for each field that is an `Option`.
macro_rules! setters {
    ($($(#[$meta:meta])* $name:ident: $type:ty;)+) => {
        $(
            $(#[$meta])*
            #[must_use]
            pub fn $name(mut self, value: impl Into<Option<$type>>) -> Self {
                self.$name = value.into();
                self
            }
        )+
    };
}

pub(crate) use setters;
