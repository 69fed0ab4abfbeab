//! `book-visit`: the application's own tool, declared like those of `mcp-tools` and listed among them.

use std::sync::Arc;

use jiff::civil::Date;
use mcp_tools::text::clean_line;
use mcp_tools::{Annotations, Context, Example, Scope, Tool, ToolError, Toolset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::board::Board;

/// Books a visit on the application's board.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BookVisit(pub Arc<Board>);

/// Arguments of `book-visit`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The day, as in 2026-12-01.
    date: String,
    /// What is to be done, in one line.
    #[schemars(length(min = 1, max = 200))]
    work: String,
}

/// Result of `book-visit`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    id: String,
    date: String,
    work: String,
}

impl Tool for BookVisit {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "book-visit";
    const TITLE: &'static str = "Book a visit";
    const DESCRIPTION: &'static str = "Books a visit of a plumber on the board: a day and what is to be done. Nobody is told; send-message does that. The same work on the same day is booked once.";
    const TOOLSET: Toolset = Toolset::Tasks;
    const SCOPE: Scope = Scope::Write;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let booked = |id: &str, date: &str, work: &str| Output {
            id: id.to_owned(),
            date: date.to_owned(),
            work: work.to_owned(),
        };
        vec![
            Example::new(
                "Put Nora's boiler on the board for Tuesday",
                json!({ "date": "2026-12-01", "work": "Boiler service, Nora Quill" }),
                booked("visit-1", "2026-12-01", "Boiler service, Nora Quill"),
            ),
            Example::new(
                "Somebody has to look at the leak tomorrow",
                json!({ "date": "2026-11-27", "work": "Leak under the kitchen sink" }),
                booked("visit-2", "2026-11-27", "Leak under the kitchen sink"),
            ),
        ]
    }

    /// Scope and limits were checked before: a connection that may only read never gets here.
    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let date: Date = input
            .date
            .parse()
            .map_err(|_| ToolError::argument("date", "is not a day such as 2026-12-01").nothing_written())?;
        // The fingerprint of the API key tells the workspaces apart.
        let visit = self.0.book(&cx.key().to_string(), date, &clean_line(&input.work, 200));
        Ok(Output { id: visit.id, date: visit.date.to_string(), work: visit.work })
    }

    fn render(output: &Output) -> String {
        format!("Booked as {} on {}: {}", output.id, output.date, output.work)
    }
}
