//! A foreign axum application, a plumber's board of visits, that has the OpenPhone MCP server under `/phone`: login,
//! tools, and pages about them, with its own store, secrets, log and limits, and with one tool of its own among ours.
//!
//! `cargo run -p openphone-mcp-embedding-example` runs it against a simulated workspace. `docs/embedding.md` walks through
//! the files:
//!
//! | File | What |
//! |---|---|
//! | [`board`] | the application as it was before: its routes, its data |
//! | [`book_visit`] | its own tool |
//! | [`store`], [`secrets`], [`journal`] | what it has already and plugs in: state, keys, logs |
//! | [`phone`] | what is put together, in which order; `phone/login.rs` for who may do what, `phone/routes.rs` for where |

pub mod board;
pub mod book_visit;
pub mod journal;
pub mod phone;
pub mod secrets;
pub mod store;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use openphone_client::OpenPhone;
use sealing::KeySource;
use state_store::SystemClock;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::journal::Journal;
use crate::phone::{Parts, Phone};
use crate::store::Drawer;

/// The whole application: its own routes, and ours beside them. `origin` is where clients reach it, such as
/// `https://board.example.com`; streams end when `stop` is cancelled.
///
/// # Errors
/// What is wrong with the keys or the settings.
pub fn application(
    origin: &str,
    openphone: OpenPhone,
    secrets: &dyn KeySource,
    stop: CancellationToken,
) -> Result<(Router, Arc<Phone>), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let board = Arc::new(Board::default());
    let journal = Arc::new(Journal::default());
    let phone = Phone::new(Parts {
        origin,
        openphone,
        keys: secrets.load()?,
        store: Arc::new(Drawer::new(clock.clone())),
        clock,
        journal: Arc::clone(&journal),
        board: Arc::clone(&board),
        stop,
    })?;
    let phone = Arc::new(phone);
    let application = board.routes().merge(journal.routes()).merge(phone::routes(&phone));
    Ok((application, phone))
}
