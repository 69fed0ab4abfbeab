//! Answers: JSON with a status, an empty 204, and the two HTML pages that are not the API's own.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Map, Value};

/// A successful answer.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(StatusCode, Value),
    NoContent,
}

impl Answer {
    /// 200 with `{"data": …}`.
    pub(crate) fn data(data: Value) -> Self {
        Self::with(StatusCode::OK, data)
    }

    /// `{"data": …}` with another status.
    pub(crate) fn with(status: StatusCode, data: Value) -> Self {
        Self::Json(status, Value::Object(Map::from_iter([("data".to_owned(), data)])))
    }

    /// 200 with a body that is not wrapped in `data`.
    pub(crate) fn bare(body: Value) -> Self {
        Self::Json(StatusCode::OK, body)
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        match self {
            Self::Json(status, body) => json_response(status, &body),
            Self::NoContent => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
        }
    }
}

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    response(status, "application/json; charset=utf-8", body.to_string().into())
}

/// A gateway's HTML page.
pub(crate) fn html(status: StatusCode, title: &str) -> Response<Bytes> {
    let body = format!(
        "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n",
        status = status.as_u16(),
    );
    response(status, "text/html", body.into())
}

/// The page of a path or method that nothing serves: the vendor's web framework answers, not its API.
pub(crate) fn unrouted(method: &Method, path: &str) -> Response<Bytes> {
    let mut escaped = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot {method} {escaped}</pre>\n</body>\n</html>\n"
    );
    response(StatusCode::NOT_FOUND, "text/html; charset=utf-8", body.into())
}

/// A refusal of the sandbox's own, in plain text so that nobody takes it for one of the API's.
pub(crate) fn not_the_apis(text: &str) -> Response<Bytes> {
    response(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", text.to_owned().into())
}

pub(crate) fn response(status: StatusCode, content_type: &str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
