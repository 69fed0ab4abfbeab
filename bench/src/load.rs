//! The load generator: one thread, an event queue, and kept connections that each send the next request when the answer
//! is in. Every answer is read to its end and checked; the clock is read twice for each.
//!
//! * [`drive`]: the loop, over any [`drive::Subject`]: [`fixed`] sends the requests of a file, [`tokens`] refreshes
//!   tokens, each along a chain of its own.
//! * [`streams`]: opens event streams and holds them.
//! * `answer` and `chunks` read responses, `connection` is a socket with one request under way.
//!
//! Waiting is for the system: nothing here spins, so that a server on another core is not measured against a client
//! that keeps the machine awake for it.

mod answer;
mod chunks;
mod connection;
pub mod drive;
pub mod fixed;
pub mod streams;
pub mod tokens;

pub use answer::{Answer, Wrong};
