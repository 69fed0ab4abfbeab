//! Tests of `openphone-mcp-tools`: declarations and the wire list as snapshots, and every tool as a whole
//! against the simulator over real HTTP, its faults included.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod arguments;
mod audit;
mod bulk;
mod calls;
mod chaos;
mod completions;
mod confirm;
mod contact_items;
mod contact_notes;
mod contact_reading;
mod contact_update;
mod contacts;
mod conversations;
mod dates;
mod declaration;
mod delivery;
mod fault_matrix;
mod find_contact;
mod front;
mod golden;
mod group;
mod hostile;
mod injection;
mod limits;
mod log;
mod messages;
mod missed_calls;
mod predecessor;
mod prepare;
mod prepare_thread;
mod prompts;
mod readers;
mod reply_only;
mod resources;
mod screening;
mod send;
mod stores;
mod tasks;
mod transcripts;
mod upstream;
mod views;
mod workspace;
mod world;
