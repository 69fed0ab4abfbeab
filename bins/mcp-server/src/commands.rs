//! One file per command of the binary.

pub mod keys;
pub mod serve;
