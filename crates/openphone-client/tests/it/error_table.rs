//! Every error that the API is known to give, by code and by words, and what the client makes of each: for a read
//! and for what must not happen twice. The snapshot is the table.

use std::fmt::Write as _;

use openphone_client::messages::SendMessage;
use openphone_client::{E164, Error, PhoneNumberId};
use serde_json::json;

use crate::server::{Server, Step};

/// Codes of v1: two digits for the part of the product, two for the error, three for the status.
const CODES: &[(&str, &str)] = &[
    ("0100400", "Bad Request"),
    ("0101400", "Too Many Participants"),
    ("0100401", "Unauthorized"),
    ("0101403", "Not Phone Number User"),
    ("0100404", "Not Found"),
    ("0101500", "Unknown"),
    ("0206400", "A2P Registration Not Approved"),
    ("0200401", "Unauthorized"),
    ("0201402", "Subscription Expired"),
    ("0200402", "Not Enough Credits"),
    ("0202403", "Not Phone Number User"),
    ("0204403", "A2P 10DLC Daily Message Cap Reached"),
    ("0200404", "Not Found"),
    ("0201500", "Unknown"),
    ("0305400", "Invalid Version"),
    ("0303400", "Invalid Id"),
    ("0304400", "Invalid Input Format"),
    ("0300403", "Forbidden"),
    ("0400400", "Bad Request"),
    ("0500403", "Forbidden"),
    ("0600402", "Open Tasks Limit Reached"),
    ("0600404", "Not Found"),
    ("0700400", "Bad Request"),
    ("0801400", "Invalid Custom Field Item"),
    ("0801403", "Not Phone Number User"),
    ("0800409", "Conflict"),
    ("0900404", "Not Found"),
    ("1001403", "Not Phone Number User"),
    ("1100401", "Unauthorized"),
    ("1201500", "Unknown"),
];

/// Errors of the dated surface, and words seen on refused sends: a status and what is said.
const WORDS: &[(u16, &str)] = &[
    (400, "The input was invalid"),
    (400, "Unsupported or missing Quo-Api-Version header. Supported versions: 2026-03-30"),
    (400, "/webhookId: Expected string to match '^[0-9]+$'"),
    (400, "The organization is not approved for A2P"),
    (400, "Opted Out"),
    (400, "The number is not valid"),
    (400, "The recipient is unreachable"),
    (401, "User is unauthorized to perform this action"),
    (402, "Your subscription has expired"),
    (402, "The organization does not have enough prepaid credits to send the message"),
    (403, "User is forbidden to perform this action"),
    (403, "International messaging is not enabled for this workspace"),
    (404, "Webhook with ID 123 not found"),
    (409, "An A2P registration already exists"),
    (422, "The message has permanently failed and cannot be retried"),
    (429, "Too many requests"),
    (500, "An unknown error has occurred"),
    (408, "Request Timeout"),
    (410, "Gone"),
    (413, "Payload Too Large"),
    (451, "Unavailable For Legal Reasons"),
    (502, "upstream unreachable"),
    (503, "not approved for A2P"),
    (302, "Found"),
    (307, "Temporary Redirect"),
];

async fn read(server: &Server) -> Error {
    server.workspace().organization().get().await.expect_err("an error answer")
}

async fn send(server: &Server) -> Error {
    let (inbox, to) =
        (PhoneNumberId::parse("PN1").expect("an id"), E164::parse("+14155550101").expect("a number"));
    server.workspace().messages().send(&SendMessage::new(inbox, to, "x")).await.expect_err("an error answer")
}

async fn line(out: &mut String, status: u16, body: &str, shown: &str) {
    let server = Server::start([Step::with(status, "retry-after: 0\r\n", body)]).await;
    let (reading, sending) = (read(&server).await, send(&server).await);
    let kind = |error: &Error| {
        format!("{:?}{}", error.kind(), if error.is_retryable() { " (retryable)" } else { "" })
    };
    let reason = reading.reason().map_or("-".to_owned(), |reason| format!("{reason:?}"));
    writeln!(out, "{shown:<86} {:<26} {:<26} {reason}", kind(&reading), kind(&sending)).expect("a string");
}

#[tokio::test]
async fn every_known_error() {
    let mut out = String::new();
    for (code, title) in CODES {
        let status = code[4..].parse().expect("a status");
        let body = json!({ "message": "m", "code": code, "status": status, "docs": "https://quo.com/docs", "title": title });
        line(&mut out, status, &body.to_string(), &format!("{code} {title}")).await;
    }
    for (status, message) in WORDS {
        let body = json!({ "title": "t", "message": message, "docs": "https://quo.com/docs" });
        line(&mut out, *status, &body.to_string(), &format!("{status} {message}")).await;
    }
    let wrapped = json!({ "error": { "message": "Unauthorized", "key": "Unauthorized", "trace": "5640373784117800080" } });
    line(&mut out, 401, &wrapped.to_string(), "401 wrapped by the gateway").await;
    line(&mut out, 404, "<!DOCTYPE html><pre>Cannot GET /v1/nothing</pre>", "404 HTML of an unrouted path")
        .await;
    insta::assert_snapshot!(out);
}
