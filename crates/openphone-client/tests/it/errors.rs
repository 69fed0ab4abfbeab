//! Error answers in, errors out: every shape that the API and what stands before it are known to give, and
//! what is left of them for a person.

use std::error::Error as _;
use std::fmt::Write as _;

use crate::server::{KEY, Server, Step};

/// The error that an answer to a read becomes, as its readers see it.
async fn check(status: u16, body: &str) -> String {
    // A 500 is repeated; it comes back the same.
    let server = Server::start([Step::json(status, body)]).await;
    let error = server.workspace().organization().get().await.expect_err("an error answer");
    let mut out = String::new();
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            writeln!(out, "{name}: {value}").expect("a string takes everything");
        }
    };
    line("kind", Some(&format!("{:?}", error.kind())));
    line("code", error.code());
    line("title", error.title());
    line("message", error.message());
    line("trace", error.trace());
    for field in error.field_errors() {
        line("field", Some(&format!("{} {}", field.path, field.message)));
    }
    line("person", Some(&error.to_string()));
    line("cause", error.source().map(ToString::to_string).as_deref());
    out
}

macro_rules! table {
    ($($name:ident: $status:literal $body:expr;)+) => {
        $(#[tokio::test]
        async fn $name() {
            insta::assert_snapshot!(check($status, $body).await);
        })+
    };
}

table! {
    flat_v1: 409 r#"{"message":"Failed to create contact","code":"0800409","status":409,"docs":"https://openphone.com/docs","title":"Conflict"}"#;
    flat_dated_with_fields: 400 r#"{"title":"Bad Request","message":"The input was invalid","docs":"https://quo.com/docs","trace":"5640373784117800080",
        "errors":[{"path":"/userId","message":"Expected string to match '^US(.*)$'","schema":{"type":"TemplateLiteral"},"value":"+14155550101"},
                  {"path":"/query/limit","message":"must be <= 50","schema":{"type":"integer"}}]}"#;
    wrapped_by_the_gateway: 401 r#"{"error":{"message":"Unauthorized","key":"Unauthorized","trace":"5640373784117800080"}}"#;
    html_of_an_unrouted_path: 404 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /organization</pre>\n</body>\n</html>\n";
    nothing_at_all: 403 "";
    a_json_text: 402 "\"pay\"";
    a_json_list: 422 "[1,2,3]";
    half_a_json: 400 "{\"message\":\"The inp";
    members_of_the_wrong_type: 400 r#"{"message":{"a":1},"code":206400,"title":["x"],"errors":{"path":"/to"},"trace":12}"#;
    numbers_and_keys_are_taken_out: 400 concat!(
        r#"{"message":"+14155550101 and (415) 555-0101 and 4155550101 and 415.555.0101 are no good; AC12345678901234 on 2026-03-30 with test-key-0123456789, 21610 opted out","title":"To +12 345","#,
        r#""errors":[{"path":"/to/+14155550101","message":"+14155550101"}]}"#);
    numbers_in_disguise_are_taken_out: 400 concat!(
        r#"{"message":"Cannot GET /v1/x?to=%2B14155550101 +14155550101is not valid 4155550101x to14155550101 415–555–0101 415/555/0101 "#,
        r#"ada@example.com is taken; 66d0d87e8dc1211467372303 of PN1a2b3c4d since 2026-03-30","trace":"4155550101"}"#);
    the_key_as_a_trace: 400 r#"{"message":"x","trace":"test-key-0123456789"}"#;
    controls_are_taken_out_and_length_is_bounded: 400 &format!(
        r#"{{"message":"a\u0000b\u202ec\u200bd\n\n  e {}","code":"{}"}}"#, "long ".repeat(200), "9x".repeat(200));
    a_thousand_field_errors: 400 &format!(
        r#"{{"message":"many","errors":[{}{{}}]}}"#, r#"{"path":"/x","message":"bad"},"#.repeat(1000));
    server_error: 500 r#"{"message":"We have encountered an unknown error","code":"0201500","status":500,"docs":"https://quo.com/docs","title":"Unknown"}"#;
    success_that_cannot_be_read: 200 r#"{"data":{"id":"+14155550101"}}"#;
}

#[tokio::test]
async fn the_key_is_nowhere_in_an_error() {
    let server =
        Server::start([Step::json(400, &format!(r#"{{"message":"{KEY}","title":"{KEY}","code":"{KEY}"}}"#))])
            .await;
    let error = server.workspace().organization().get().await.expect_err("a refusal");
    assert!(!format!("{error:?} {error}").contains(KEY));
}
