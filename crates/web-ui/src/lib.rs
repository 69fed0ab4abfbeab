//! The shared page layout.
