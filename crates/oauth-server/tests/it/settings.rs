//! Settings that would be insecure, or would not work, do not make a server.

use std::sync::Arc;
use std::time::Duration;

use oauth_server::{AuthorizationServer, ResourceEndpoint, ScopeInfo, Settings, SettingsError};
use sealing::{FingerprintKey, KeyRing, Kid, Sealer};
use state_store::ManualClock;

use crate::rig::{FakeService, ISSUER, SeededEntropy, settings};
use crate::store::SwitchedStore;

fn build(settings: Settings) -> Result<AuthorizationServer, SettingsError> {
    let entropy = Arc::new(SeededEntropy::new(9));
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1)));
    let ring = KeyRing::generate(&*entropy, Kid::default());
    let sealer = Sealer::new(ring, &settings.issuer, entropy.clone());
    let fingerprints = FingerprintKey::generate(&*entropy);
    AuthorizationServer::new(
        settings,
        Arc::new(FakeService::default()),
        Arc::new(SwitchedStore::new(clock.clone())),
        clock,
        entropy,
        sealer,
        fingerprints,
    )
}

#[test]
fn a2_only_an_issuer_that_every_client_reads_alike() {
    for issuer in [
        "https://mcp.example.com",
        "https://mcp.example.com:8443",
        "https://example.com/phone",
        "https://example.com/a/b",
        "http://127.0.0.1:8787",
        "http://localhost:8787",
        "http://[::1]:8787",
    ] {
        build(settings(issuer)).expect(issuer);
    }
    for issuer in [
        "https://mcp.example.com/",
        "https://example.com/phone/",
        "https://example.com/a/../b",
        "https://example.com/?x",
        "https://example.com#x",
        "https://EXAMPLE.com",
        "https://example.com:443",
        "https://user@example.com",
        "http://example.com",
        "http://127.0.0.1.example.com",
        "ftp://example.com",
        "example.com",
        "",
    ] {
        assert!(matches!(build(settings(issuer)), Err(SettingsError::Issuer { .. })), "{issuer}");
    }
}

#[test]
fn g11_lifetimes_have_bounds() {
    let lifetime = |change: fn(&mut Settings)| {
        let mut settings = settings(ISSUER);
        change(&mut settings);
        build(settings).map(|_| ())
    };
    assert!(lifetime(|s| s.lifetimes.access_token = Duration::from_secs(600)).is_ok());
    for refused in [
        lifetime(|s| s.lifetimes.access_token = Duration::from_secs(300)),
        lifetime(|s| s.lifetimes.access_token = Duration::from_secs(90_000)),
        lifetime(|s| s.lifetimes.code = Duration::from_secs(601)),
        lifetime(|s| s.lifetimes.refresh_absolute = Duration::from_secs(7200)),
        lifetime(|s| s.lifetimes.used_code = Duration::from_secs(1)),
    ] {
        assert!(matches!(refused, Err(SettingsError::Lifetime { .. })), "{refused:?}");
    }
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    type Change = fn(&mut Settings);
    let changes: [(&str, Change); 10] = [
        ("no resource", |s| s.resources.clear()),
        ("closing slash", |s| s.resources.push(ResourceEndpoint::new("/x/", ""))),
        ("no slash", |s| s.resources.push(ResourceEndpoint::new("x", ""))),
        ("dots", |s| s.resources.push(ResourceEndpoint::new("/x/../y", ""))),
        ("query", |s| s.resources.push(ResourceEndpoint::new("/x?y", ""))),
        ("twice", |s| s.resources.push(ResourceEndpoint::new("/mcp", ""))),
        ("covers nobody", |s| s.resources.push(ResourceEndpoint::new("/x", "").covers(["/y"]))),
        ("unknown scope", |s| s.resources.push(ResourceEndpoint::new("/x", "").scopes(["y"]))),
        ("malformed scope", |s| s.scopes.push(ScopeInfo::new("a b", "", ""))),
        ("no baseline", |s| s.scopes.iter_mut().for_each(|scope| scope.baseline = false)),
    ];
    for (name, change) in changes {
        let mut settings = settings(ISSUER);
        change(&mut settings);
        assert!(build(settings).is_err(), "{name}");
    }
    for scheme in ["javascript", "data", "https", "Cursor", "", "a b"] {
        let mut settings = settings(ISSUER);
        settings.redirects.known_schemes.push(scheme.to_owned());
        assert!(matches!(build(settings), Err(SettingsError::Redirect { .. })), "{scheme}");
    }
    for entry in [
        "*.example.com",
        "EXAMPLE.com",
        "example.com:443",
        "example.com:443/cb",
        "https://example.com/cb",
        "example.com/cb?x",
        "example.com/../cb",
        "example.com/*/cb",
        "example.com/cb*",
        "example.com/c b",
        "/cb",
        "",
    ] {
        let lists: [fn(&mut Settings) -> &mut Vec<String>; 2] =
            [|s| &mut s.redirects.known_callbacks, |s| &mut s.redirects.shared_callbacks];
        for list in lists {
            let mut settings = settings(ISSUER);
            list(&mut settings).push(entry.to_owned());
            assert!(matches!(build(settings), Err(SettingsError::Redirect { .. })), "{entry}");
        }
    }
}
