//! The way in: everything between the socket and the crates' services.
//!
//! Embedders bring their own edge, so nothing here is needed for the services to be correct.

pub mod admin;
pub mod admission;
pub mod body;
pub mod client_address;
pub mod layers;
pub mod limits;
pub mod listener;
pub(crate) mod open_files;
pub mod overload;
pub mod readiness;
pub mod refused;
pub mod service_manager;
pub mod shutdown;
pub mod tls;
