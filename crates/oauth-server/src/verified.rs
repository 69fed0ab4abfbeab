//! Access tokens that were opened lately, so that a client's next request costs a look instead of a decryption.
//!
//! Only what a token says is remembered, never that it may be used: whoever finds a grant here still looks at expiry, audience
//! and revocation. A token whose key has left the ring is not found, because what was opened under an older ring is not.
//!
//! Bounded in number (a part that is full forgets its oldest) and in time. No lock is held but for the moment of a look, and
//! those of different parts do not meet.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use sealing::SecretString;

use crate::grant::Grant;

/// Parts, each behind a lock of its own.
const PARTS: usize = 64;
/// Tokens in a part. Ten thousand people who are at work in one minute have 156 in each, give or take 13, so that chance
/// fills none. About a kilobyte a token, where all are in use.
const PLACES: usize = 256;
/// For how long a token is remembered, in seconds: a client that is at work asks again within that, and opening it once a
/// minute costs nothing.
const KEPT: u64 = 60;
/// Of a token, how many of its last characters its place depends on: its authentication tag is in them, which is as good as
/// random.
const DISTINCT: usize = 24;

/// The tokens.
pub(crate) struct Verified {
    parts: [RwLock<Part>; PARTS],
    hasher: RandomState,
    swept_at: AtomicU64,
}

/// By a keyed hash of the token. Of two with the same one, the newer is remembered.
type Part = HashMap<u64, Entry>;

struct Entry {
    token: SecretString,
    /// The sealer's ring when it was opened.
    ring: u64,
    /// When, in seconds since the Unix epoch.
    opened_at: u64,
    grant: Arc<Grant>,
}

impl Default for Verified {
    fn default() -> Self {
        let parts = std::array::from_fn(|_| RwLock::default());
        Self { parts, hasher: RandomState::new(), swept_at: AtomicU64::new(0) }
    }
}

impl Verified {
    /// What this token says, if it was opened lately under this ring. `now`: seconds since the Unix epoch.
    pub(crate) fn find(&self, token: &str, ring: u64, now: u64) -> Option<Arc<Grant>> {
        let (part, place) = self.place(token);
        let part = part.read().unwrap_or_else(PoisonError::into_inner);
        // How soon two texts differ tells nothing: to come this far with another one, the end of this one must be known.
        let entry = part.get(&place).filter(|entry| entry.token.expose() == token)?;
        (entry.ring == ring && entry.is_fresh(now)).then(|| Arc::clone(&entry.grant))
    }

    /// Remembers what this token says.
    pub(crate) fn keep(&self, token: &str, ring: u64, now: u64, grant: &Arc<Grant>) {
        self.sweep(now);
        let (part, place) = self.place(token);
        let token = SecretString::new(token.to_owned());
        let entry = Entry { token, ring, opened_at: now, grant: Arc::clone(grant) };
        let mut part = part.write().unwrap_or_else(PoisonError::into_inner);
        if part.len() >= PLACES
            && !part.contains_key(&place)
            && let Some(oldest) =
                part.iter().min_by_key(|(_, entry)| entry.opened_at).map(|(place, _)| *place)
        {
            part.remove(&oldest);
        }
        part.insert(place, entry);
    }

    /// Forgets what was opened long ago, now and then.
    fn sweep(&self, now: u64) {
        let before = self.swept_at.load(Ordering::Relaxed);
        if now.abs_diff(before) < KEPT / 2
            || self.swept_at.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        for part in &self.parts {
            let mut part = part.write().unwrap_or_else(PoisonError::into_inner);
            part.retain(|_, entry| entry.is_fresh(now));
            // A server whose callers have gone takes as little as before they came.
            let used = part.len();
            part.shrink_to(2 * used);
        }
    }

    /// Where a token is, if it is anywhere.
    fn place(&self, token: &str) -> (&RwLock<Part>, u64) {
        let bytes = token.as_bytes();
        let place = self.hasher.hash_one(&bytes[bytes.len().saturating_sub(DISTINCT)..]);
        let part = usize::try_from(place % PARTS as u64).unwrap_or(0);
        (&self.parts[part], place)
    }
}

impl Entry {
    /// A clock that was set back makes nothing last longer.
    fn is_fresh(&self, now: u64) -> bool {
        now.abs_diff(self.opened_at) < KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::tests::grant;

    fn token(number: usize) -> String {
        format!("opqat_{}{number:048}", "x".repeat(200))
    }

    #[test]
    fn a_token_is_found_as_it_was_kept() {
        let verified = Verified::default();
        let kept = Arc::new(grant());
        verified.keep(&token(1), 7, 1_000, &kept);
        let found = |token: &str, ring, now| verified.find(token, ring, now).is_some();
        assert!(found(&token(1), 7, 1_000) && found(&token(1), 7, 1_000 + KEPT - 1));
        assert!(!found(&token(1), 8, 1_000), "another ring");
        assert!(!found(&token(1), 7, 1_000 + KEPT) && !found(&token(1), 7, 1_000 - KEPT), "long ago");
        assert!(!found(&token(2), 7, 1_000) && !found("", 7, 1_000));
        // The same but for one character.
        let other = token(1).replacen("xx", "xy", 1);
        assert!(!found(&other, 7, 1_000));
        assert!(Arc::ptr_eq(&verified.find(&token(1), 7, 1_000).unwrap(), &kept));
        verified.keep(&token(1), 8, 1_100, &kept);
        assert!(found(&token(1), 8, 1_100) && !found(&token(1), 7, 1_100));
    }

    #[test]
    fn the_number_is_bounded_and_the_newest_stay() {
        let verified = Verified::default();
        let kept = Arc::new(grant());
        for number in 0..40_000 {
            verified.keep(&token(number), 0, 1_000 + number as u64 / 1_000, &kept);
            assert!(verified.find(&token(number), 0, 1_000).is_some());
        }
        let there = (0..40_000).filter(|number| verified.find(&token(*number), 0, 1_040).is_some()).count();
        // Each part is full.
        assert_eq!(there, PARTS * PLACES);
        assert_eq!(Arc::strong_count(&kept), PARTS * PLACES + 1);
        // The newest of 40 seconds: by number only 16,384 of 40,000 have room.
        let newest = (39_000..40_000).filter(|number| verified.find(&token(*number), 0, 1_040).is_some());
        assert_eq!(newest.count(), 1_000);
    }

    #[test]
    fn ten_thousand_have_room() {
        let verified = Verified::default();
        let kept = Arc::new(grant());
        (0..10_000).for_each(|number| verified.keep(&token(number), 0, 1_000, &kept));
        let there = (0..10_000).filter(|number| verified.find(&token(*number), 0, 1_001).is_some()).count();
        assert_eq!(there, 10_000);
    }

    #[test]
    fn what_was_opened_long_ago_is_let_go() {
        let verified = Verified::default();
        let (old, new) = (Arc::new(grant()), Arc::new(grant()));
        verified.keep(&token(1), 0, 1_000, &old);
        verified.keep(&token(2), 0, 1_000 + 2 * KEPT, &new);
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 2));
    }
}
