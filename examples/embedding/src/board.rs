//! The foreign application: a plumber's board of visits, with a page and a list of its own. It knows nothing of MCP.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::civil::Date;
use serde::Serialize;

/// A booked visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Visit {
    /// Its place on the board.
    pub id: String,
    /// The day.
    pub date: Date,
    /// What is to be done.
    pub work: String,
    /// Whose board it is on.
    #[serde(skip)]
    tenant: String,
}

/// All visits.
#[derive(Debug, Default)]
pub struct Board(Mutex<Vec<Visit>>);

impl Board {
    /// Books a visit; the same work on the same day is one visit.
    pub fn book(&self, tenant: &str, date: Date, work: &str) -> Visit {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |visit: &&Visit| visit.tenant == tenant && visit.date == date && visit.work == work;
        if let Some(visit) = visits.iter().find(is_same) {
            return visit.clone();
        }
        let id = format!("visit-{}", visits.len() + 1);
        let visit = Visit { id, date, work: work.to_owned(), tenant: tenant.to_owned() };
        visits.push(visit.clone());
        visit
    }

    /// The routes of the application.
    pub fn routes(self: &Arc<Self>) -> Router {
        let board = Arc::clone(self);
        let visits = async move || {
            let visits = board.0.lock().unwrap_or_else(PoisonError::into_inner);
            let json = serde_json::to_string(&*visits).unwrap_or_default();
            ([(CONTENT_TYPE, "application/json")], json).into_response()
        };
        Router::new()
            .route("/", get(async || "The board of visits. Its assistant is at /phone.\n"))
            .route("/visits", get(visits))
    }
}
