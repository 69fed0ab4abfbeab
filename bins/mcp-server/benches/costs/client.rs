//! `openphone-client` by itself: a page of messages from JSON into its types, which check ids and read times.

use std::fmt::Write as _;
use std::hint::black_box;

use openphone_client::messages::Message;
use serde::Deserialize;

use crate::Failure;
use crate::counter::Counter;

/// What the API wraps a page in.
#[derive(Deserialize)]
struct Page {
    data: Vec<Message>,
}

pub(crate) fn count(counter: &Counter) -> Result<(), Failure> {
    let page = page();
    counter.count("client/decode", async || {
        let decoded: Page = serde_json::from_slice(page.as_bytes())?;
        if black_box(decoded).data.len() == MESSAGES { Ok(()) } else { Err("messages are missing".into()) }
    })
}

/// Messages on the page.
const MESSAGES: usize = 50;

fn page() -> String {
    let mut page = String::from("{\"data\":[");
    for number in 0..MESSAGES {
        let comma = if number == 0 { "" } else { "," };
        let (direction, status, user) = match number % 2 {
            0 => ("outgoing", "delivered", "\"US1a2b3c4d\""),
            _ => ("incoming", "received", "null"),
        };
        // Writing to a text cannot fail.
        let _ = write!(
            page,
            "{comma}{{\"id\":\"AC{number:08}\",\"to\":[\"+14155550101\"],\"from\":\"+14155550100\",\
             \"text\":\"Your table for four is ready. Please come to the front desk within ten minutes.\",\
             \"phoneNumberId\":\"PN1a2b3c4d\",\"conversationId\":\"CN1a2b3c4d\",\"direction\":\"{direction}\",\
             \"userId\":{user},\"status\":\"{status}\",\"media\":[],\
             \"createdAt\":\"2026-11-20T18:30:00.123Z\",\"updatedAt\":\"2026-11-20T18:30:02.456Z\"}}"
        );
    }
    page.push_str("]}");
    page
}
