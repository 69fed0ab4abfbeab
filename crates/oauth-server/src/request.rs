//! Reading requests: bounded bodies, media types, who is calling.

use std::net::{IpAddr, Ipv6Addr};

use bytes::Bytes;
use http::HeaderMap;
use http::header;
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use sealing::Entropy;

use crate::form::{Form, FormFault};
use crate::grant::Id;

/// Longest form body, in bytes.
pub(crate) const MAX_FORM: usize = 64 * 1024;
/// Longest registration body, in bytes.
pub(crate) const MAX_REGISTRATION: usize = 16 * 1024;

/// Any error, boxed: what bodies fail with.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The address of the client, put into the request's extensions by the embedder's edge (which alone knows what
/// proxies it trusts). Without it, credential checks are not limited per address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What is counted as one client: an IPv4 address, or an IPv6 /64, which is what one customer gets.
    pub(crate) fn network(self) -> [u8; 16] {
        match self.0.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).octets(),
        }
    }

    /// The block around it: an IPv4 /24, or an IPv6 /48, which is what one site gets.
    pub(crate) fn block(self) -> [u8; 16] {
        let kept = if self.0.to_canonical().is_ipv4() { 120 } else { 48 };
        let network = Ipv6Addr::from(self.network()).to_bits() & (u128::MAX << (128 - kept));
        Ipv6Addr::from_bits(network).octets()
    }
}

/// A request taken apart, its body read.
pub(crate) struct Received {
    pub(crate) parts: http::request::Parts,
    pub(crate) body: Bytes,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// Longer than the endpoint takes.
    TooLarge,
    /// The connection broke.
    Broken,
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read_body<B>(body: B, limit: usize) -> Result<Bytes, BodyFault>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyFault::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyFault::TooLarge),
        Err(_) => Err(BodyFault::Broken),
    }
}

/// Why a body is not a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAForm {
    /// Another media type, or none, or two.
    MediaType,
    /// The parameters themselves.
    Fault(FormFault),
}

impl Received {
    /// The body as a form without repeated parameters.
    pub(crate) fn form(&self) -> Result<Form, NotAForm> {
        if !is_form(&self.parts.headers) {
            return Err(NotAForm::MediaType);
        }
        let form = Form::parse(&self.body).map_err(NotAForm::Fault)?;
        form.refuse_duplicates(&[]).map_err(NotAForm::Fault)?;
        Ok(form)
    }
}

/// Whether the media type is `application/x-www-form-urlencoded`, with parameters or without.
fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The request's id as the edge or a proxy gave it, or a fresh one: printed on error pages and logged.
pub(crate) fn request_id(headers: &HeaderMap, entropy: &dyn Entropy) -> String {
    headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
        .map_or_else(|| Id::generate(entropy).to_string()[..16].to_owned(), str::to_owned)
}
