//! One row per rule of the ladder.

use http::{Method, StatusCode};
use proptest::prelude::*;

use super::{BodyKind, Claim, Classified, RequestHead, classify};
use crate::arbitrary::any_text;
use crate::version::{Era, ProtocolVersion};

const POST: Method = Method::POST;

/// What is expected of a row.
#[derive(Debug, PartialEq)]
enum Expect {
    Modern,
    Legacy(&'static str),
    Batch,
    Response,
    Stream(&'static str),
    End,
    Refused(u16),
}

fn outcome(method: &Method, header: Option<&str>, body: BodyKind<'_>) -> Expect {
    match classify(&RequestHead { method, protocol_version: header }, body) {
        Ok(Classified::Modern) => Expect::Modern,
        Ok(Classified::Legacy(version)) => Expect::Legacy(version.as_str()),
        Ok(Classified::LegacyBatch(version)) => {
            assert_eq!(version, ProtocolVersion::V2025_03_26);
            Expect::Batch
        }
        Ok(Classified::LegacyResponse) => Expect::Response,
        Ok(Classified::LegacyStream(version)) => Expect::Stream(version.as_str()),
        Ok(Classified::LegacyEnd) => Expect::End,
        Err(rejection) => Expect::Refused(rejection.status.as_u16()),
    }
}

#[test]
fn one_row_per_rule() {
    use Claim::{Envelope, Malformed, None as NoClaim};
    use Expect::{Batch, End, Legacy, Modern, Refused, Response, Stream};
    let call = |method, claim| BodyKind::Call { method, claim };
    let batch = |unfit, initializes| BodyKind::Batch { unfit, initializes };
    let (modern, legacy) = (Some("2026-07-28"), Some("2025-11-25"));
    for (rule, method, header, body, expected) in [
        ("dual.get-delete", Method::GET, modern, BodyKind::None, Refused(405)),
        ("dual.get-delete", Method::DELETE, modern, BodyKind::None, Refused(405)),
        ("dual.get-delete", Method::GET, Some("2031-01-01"), BodyKind::None, Refused(405)),
        ("dual.get-delete", Method::PUT, legacy, BodyKind::None, Refused(405)),
        ("v0618.pvhdr.bad400", Method::GET, Some("garbage"), BodyKind::None, Refused(400)),
        ("v0618.pvhdr.bad400", Method::GET, Some("2025-06-19"), BodyKind::None, Refused(400)),
        ("v0618.pvhdr.bad400", Method::GET, Some("2031-01-1"), BodyKind::None, Refused(400)),
        ("v0618.pvhdr.bad400", Method::GET, Some("2031_01_01"), BodyKind::None, Refused(400)),
        ("v0618.pvhdr.bad400", Method::DELETE, Some("garbage"), BodyKind::None, Refused(400)),
        ("v0618.pvhdr.bad400", Method::PUT, Some("garbage"), BodyKind::None, Refused(405)),
        ("v0326.get", Method::GET, None, BodyKind::None, Stream("2025-03-26")),
        ("v0326.get", Method::GET, legacy, BodyKind::None, Stream("2025-11-25")),
        ("v0326.session.delete", Method::DELETE, legacy, BodyKind::None, End),
        ("dual.batch", POST, None, batch(false, false), Batch),
        ("dual.batch", POST, Some("2025-03-26"), batch(false, false), Batch),
        ("dual.batch", POST, None, batch(true, false), Refused(400)),
        ("dual.batch", POST, modern, batch(false, false), Refused(400)),
        ("v0326.batch.noinit", POST, None, batch(false, true), Refused(400)),
        ("v0618.nobatch", POST, Some("2025-06-18"), batch(false, false), Refused(400)),
        ("v0618.nobatch", POST, Some("2024-11-05"), batch(false, false), Refused(400)),
        ("dual.response", POST, None, BodyKind::Response, Response),
        ("dual.response", POST, legacy, BodyKind::Response, Response),
        ("dual.response", POST, modern, BodyKind::Response, Refused(400)),
        ("dual.body-claim", POST, None, call("tools/list", Envelope), Modern),
        ("dual.body-claim", POST, None, call("tools/list", Malformed), Modern),
        ("dual.body-claim", POST, legacy, call("tools/list", Envelope), Modern),
        ("dual.header-claim", POST, modern, call("tools/list", NoClaim), Modern),
        ("dual.header-claim", POST, Some("2031-01-01"), call("tools/list", NoClaim), Modern),
        ("dual.initialize", POST, None, call("initialize", NoClaim), Legacy("2025-11-25")),
        ("dual.initialize", POST, None, call("initialize", Malformed), Legacy("2025-11-25")),
        ("dual.initialize", POST, Some("2025-06-18"), call("initialize", NoClaim), Legacy("2025-06-18")),
        ("dual.initialize", POST, modern, call("initialize", NoClaim), Modern),
        ("dual.initialize", POST, modern, call("initialize", Envelope), Modern),
        ("dual.noclaim", POST, legacy, call("tools/list", NoClaim), Legacy("2025-11-25")),
        ("v0326.nohdr", POST, None, call("tools/list", NoClaim), Legacy("2025-03-26")),
        // Modern rules then refuse it: 400, whatever the claim (section 7.1).
        ("dual.hdr-legacy-bad", POST, Some("garbage"), call("tools/list", NoClaim), Modern),
        ("dual.hdr-mismatch-session", POST, Some("2025-06-18"), call("ping", NoClaim), Legacy("2025-06-18")),
        // Sessions are no input of the ladder: dual.modern-in-session and dual.state hold by construction.
        ("dual.modern-in-session", POST, modern, call("tools/call", Envelope), Modern),
        ("dual.discover-legacy", POST, None, call("server/discover", NoClaim), Legacy("2025-03-26")),
        ("dual.discover-legacy", POST, modern, call("server/discover", Envelope), Modern),
        ("an empty body", POST, None, BodyKind::None, Refused(400)),
    ] {
        let name = format!("{rule}: {method} {header:?} {body:?}");
        assert_eq!(outcome(&method, header, body), expected, "{name}");
    }
}

#[test]
fn a_refusal_has_its_code() {
    let head = RequestHead { method: &Method::PUT, protocol_version: None };
    let rejection = classify(&head, BodyKind::None).unwrap_err();
    assert_eq!((rejection.status, rejection.error.code.0), (StatusCode::METHOD_NOT_ALLOWED, -32600));
}

fn any_claim() -> impl Strategy<Value = Claim> {
    prop::sample::select(vec![Claim::None, Claim::Malformed, Claim::Envelope])
}

fn any_method() -> impl Strategy<Value = String> {
    prop_oneof![Just("initialize".to_owned()), Just("tools/list".to_owned()), any_text()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The ladder is total, refuses with 400 or 405 alone, and never takes a request for another era than it claims.
    #[test]
    fn every_request_has_its_place(
        http in "(GET|POST|DELETE|PUT|x)",
        header in prop_oneof![
            Just(None),
            prop::sample::select(ProtocolVersion::ALL.to_vec()).prop_map(|version| Some(version.to_string())),
            any_text().prop_map(Some),
        ],
        method in any_method(),
        claim in any_claim(),
        flags in any::<(bool, bool)>(),
        kind in 0..4,
    ) {
        let http: Method = http.parse().unwrap();
        let body = match kind {
            0 => BodyKind::None,
            1 => BodyKind::Batch { unfit: flags.0, initializes: flags.1 },
            2 => BodyKind::Response,
            _ => BodyKind::Call { method: &method, claim },
        };
        let head = RequestHead { method: &http, protocol_version: header.as_deref() };
        let named = header.as_deref().map(|name| ProtocolVersion::from_name(name).map(ProtocolVersion::era));
        let is_legacy = matches!(named, None | Some(Some(Era::Legacy)));
        match classify(&head, body) {
            Ok(Classified::Modern) => prop_assert!(!is_legacy || claim != Claim::None),
            Ok(Classified::Legacy(version)) => {
                prop_assert!(is_legacy && !version.is_modern() && claim != Claim::Envelope);
                prop_assert!(header.is_none_or(|header| header == version.as_str()));
            }
            Ok(_) => prop_assert!(is_legacy && kind < 3 || http != Method::POST),
            Err(rejection) => {
                // v0618.pvhdr.bad400: what names no revision, and no later date either.
                let nameless = named == Some(None) && !header.as_deref().is_some_and(super::is_later);
                let bad = http == Method::POST || (nameless && (http == Method::GET || http == Method::DELETE));
                prop_assert_eq!(rejection.status.as_u16(), if bad { 400 } else { 405 });
                prop_assert!(http != Method::POST || kind < 3, "a call is judged by its era");
            }
        }
    }
}
