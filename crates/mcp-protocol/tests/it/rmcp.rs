//! The official Rust SDK (`rmcp`) as an independent opinion: its client talks to our server over HTTP and over a pipe, in
//! each of its modes; its types read what we write, and we read what they write.
//!
//! Where rmcp disagrees with the specification the test says so, and holds us to the specification.

mod asking;
mod changes;
mod conversation;
mod desk;
mod lifetimes;
mod person;
mod reading;
mod samples;
mod talking;
mod writing;
