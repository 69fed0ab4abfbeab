//! Reading a request's body, bounded before and while it arrives.

use std::pin::pin;

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body::Body;
use http_body_util::BodyExt as _;

use crate::era::Rejection;
use crate::error::RpcError;

/// Reads the whole body.
///
/// # Errors
/// 415 when it is not JSON, 413 when it is too large (known from `Content-Length` before a byte is read), 400 when it
/// breaks off.
pub(super) async fn read<B: Body>(headers: &HeaderMap, body: B, limit: usize) -> Result<Bytes, Rejection> {
    if !is_json(headers) {
        return Err(Rejection::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            RpcError::invalid_request("Content-Type must be application/json"),
        ));
    }
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut body = pin!(body);
    // One frame, the common case, is taken as it is; only a second one makes a buffer.
    let mut whole = Bytes::new();
    let mut buffer = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Rejection::new(StatusCode::BAD_REQUEST, RpcError::invalid_request("The body could not be read"))
        })?;
        let Ok(mut data) = frame.into_data() else { continue };
        let size = data.remaining();
        if size > limit.saturating_sub(whole.len().max(buffer.len())) {
            return Err(too_large(limit));
        }
        if whole.is_empty() && buffer.is_empty() {
            whole = data.copy_to_bytes(size);
        } else {
            buffer.extend_from_slice(&std::mem::take(&mut whole));
            buffer.extend_from_slice(&data.copy_to_bytes(size));
        }
    }
    Ok(if buffer.is_empty() { whole } else { buffer.freeze() })
}

fn too_large(limit: usize) -> Rejection {
    let message = format!("The body is larger than {limit} bytes");
    Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, RpcError::invalid_request(message))
}

/// `application/json`, with or without parameters (RFC 9110 section 8.3.1).
fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or(value);
        essence.trim().eq_ignore_ascii_case("application/json")
    })
}
