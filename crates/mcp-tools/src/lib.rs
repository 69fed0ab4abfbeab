//! The OpenPhone tools.
