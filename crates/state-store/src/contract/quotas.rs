//! `take_quota`. [`model`](super::model) compares it with a reference; here are the cases that a person checks.

use std::time::Duration;

use super::{Harness, LONG, SHORT, assert_remaining, first_store, key};
use crate::store::{MAX_TTL, Quota, QuotaDecision};

/// One unit an hour.
pub(super) fn quota(burst: u32) -> Quota {
    Quota { period: LONG, burst }
}

#[track_caller]
fn assert_denied(harness: &impl Harness, decision: QuotaDecision, foretold: Duration) {
    match decision {
        QuotaDecision::Denied { retry_after: Some(wait) } => assert_remaining(harness, wait, foretold),
        other => panic!("{other:?}"),
    }
}

pub async fn grants_the_burst_and_no_more(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    for remaining in [2, 1, 0] {
        let decision = store.take_quota(&key, quota(3), 1).await.expect("take_quota");
        assert_eq!(decision, QuotaDecision::Allowed { remaining });
    }
    for units in [1, 2, 3] {
        let decision = store.take_quota(&key, quota(3), units).await.expect("take_quota");
        assert_denied(harness, decision, LONG * units);
    }
}

pub async fn grows_back(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    let quota = Quota { period: SHORT, burst: 2 };
    store.take_quota(&key, quota, 2).await.expect("take_quota");
    harness.advance(SHORT).await;
    let decision = store.take_quota(&key, quota, 1).await.expect("take_quota");
    assert!(matches!(decision, QuotaDecision::Allowed { .. }), "one has grown back: {decision:?}");
    if harness.has_exact_clock() {
        let decision = store.take_quota(&key, quota, 1).await.expect("take_quota");
        assert_denied(harness, decision, SHORT);
        harness.advance(SHORT - Duration::from_millis(1)).await;
        let decision = store.take_quota(&key, quota, 1).await.expect("take_quota");
        assert_denied(harness, decision, Duration::from_millis(1));
    }
    harness.advance(SHORT * 3).await;
    let decision = store.take_quota(&key, quota, 2).await.expect("take_quota");
    assert_eq!(decision, QuotaDecision::Allowed { remaining: 0 }, "never more than the burst");
}

pub async fn units_and_shapes(harness: &impl Harness) {
    let store = first_store(harness);
    let key = key("a");
    let never = QuotaDecision::Denied { retry_after: None };
    assert_eq!(store.take_quota(&key, quota(3), 4).await.expect("take_quota"), never);
    let untouched = QuotaDecision::Allowed { remaining: 3 };
    assert_eq!(store.take_quota(&key, quota(3), 0).await.expect("take_quota"), untouched);
    let taken = QuotaDecision::Allowed { remaining: 1 };
    assert_eq!(store.take_quota(&key, quota(3), 2).await.expect("take_quota"), taken);
    let asked = QuotaDecision::Allowed { remaining: 1 };
    assert_eq!(store.take_quota(&key, quota(3), 0).await.expect("take_quota"), asked);

    // Two hours are owed. A smaller quota asks for its own burst at most: one hour, or a second.
    let decision = store.take_quota(&key, quota(1), 1).await.expect("take_quota");
    assert_denied(harness, decision, LONG);
    let faster = Quota { period: Duration::from_secs(1), burst: 1 };
    let decision = store.take_quota(&key, faster, 1).await.expect("take_quota");
    assert_denied(harness, decision, Duration::from_secs(1));
    // Denials took nothing: a larger quota still has room.
    let decision = store.take_quota(&key, quota(10), 1).await.expect("take_quota");
    assert!(matches!(decision, QuotaDecision::Allowed { .. }), "{decision:?}");
}

pub async fn extreme_quotas(harness: &impl Harness) {
    let store = first_store(harness);
    let allowed = QuotaDecision::Allowed { remaining: 0 };
    let endless = Quota { period: Duration::MAX, burst: 1 };
    assert_eq!(store.take_quota(&key("endless"), endless, 1).await.expect("take_quota"), allowed);
    let decision = store.take_quota(&key("endless"), endless, 1).await.expect("take_quota");
    assert_denied(harness, decision, MAX_TTL);

    let largest = Quota { period: Duration::MAX, burst: u32::MAX };
    assert_eq!(store.take_quota(&key("largest"), largest, u32::MAX).await.expect("take_quota"), allowed);
    let none = Quota { period: LONG, burst: 0 };
    let never = QuotaDecision::Denied { retry_after: None };
    assert_eq!(store.take_quota(&key("none"), none, 1).await.expect("take_quota"), never);
    let instant = Quota { period: Duration::ZERO, burst: 1 };
    store.take_quota(&key("instant"), instant, 1).await.expect("take_quota");
    harness.advance(Duration::from_millis(1)).await;
    assert_eq!(store.take_quota(&key("instant"), instant, 1).await.expect("take_quota"), allowed);
}
