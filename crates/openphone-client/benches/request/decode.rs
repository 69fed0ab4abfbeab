//! Without a network: a page of messages from JSON into this crate's types, which check ids and read times, and
//! into plain ones.

use openphone_client::messages::Message;
use serde::Deserialize;

use crate::Failure;
use crate::measure::{self, Figure};
use crate::responder::page_of_messages;
use crate::sides::{Envelope, PlainMessage, made};

/// Decodes the page over and over, by both sides.
pub(crate) async fn measure() -> Result<[Figure; 2], Failure> {
    let page = page_of_messages();
    measure::compare(
        "decode 50 messages",
        async || decode::<Envelope<Vec<Message>>>(&page),
        async || decode::<Envelope<Vec<PlainMessage>>>(&page),
    )
    .await
}

fn decode<'de, T: Deserialize<'de>>(page: &'de str) -> Result<(), Failure> {
    made(serde_json::from_slice::<T>(page.as_bytes())?);
    Ok(())
}
