//! One file per command of the binary.

pub mod keys;
pub mod sandbox;
pub mod serve;
