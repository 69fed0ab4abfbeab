//! One binary for all integration tests. Test names carry the requirement that they show, where it has an id.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail like tests, and clippy.toml allows it in test functions only"
)]

mod aliases;
mod authorize;
mod bearer;
mod bounds;
mod canary;
mod client_assertion;
mod client_documents;
mod connections;
mod connections_page;
mod consent;
mod consent_page;
mod documents;
mod events;
mod fetcher;
mod fuzzing;
mod html;
mod key_use;
mod life_cycle;
mod metadata;
mod oauth2_client;
mod preregistered;
mod real_clients;
mod redirects;
mod refresh;
mod registration;
mod relayed_grant;
mod revocation;
mod rig;
mod settings;
mod signed_out;
mod store;
mod tampering;
mod token;
mod type_confusion;
