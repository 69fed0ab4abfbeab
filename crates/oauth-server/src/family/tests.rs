//! The decision table, and the table against a naive model that remembers every token.

use proptest::prelude::*;
use sealing::OsEntropy;

use super::*;

const GRACE: Duration = Duration::from_secs(60);

#[test]
fn g1_g2_g3_g4_the_decision_table() {
    let [newest, before, older] = [(); 3].map(|()| Id::generate(&OsEntropy));
    let live = Some(Head::Live { newest, before, rotated_at_ms: 1_000_000 });
    for (head, presented, now_ms, expected) in [
        (None, older, 0, Step::Adopt),
        (live, newest, 1_000_000, Step::Rotate),
        (live, before, 1_000_000, Step::Repeat(newest)),
        (live, before, 1_060_000, Step::Repeat(newest)),
        (live, before, 1_060_001, Step::Rotate),
        (live, before, 900_000, Step::Repeat(newest)),
        (live, older, 1_000_000, Step::Reused),
        (Some(Head::Revoked), newest, 1_000_000, Step::Gone(GrantRefusal::Revoked)),
        (Some(Head::Ended(Ended::Reused)), newest, 0, Step::Gone(GrantRefusal::RefreshReused)),
        (Some(Head::Ended(Ended::CodeReplayed)), newest, 0, Step::Gone(GrantRefusal::CodeReplayed)),
        (Some(Head::Ended(Ended::Displaced)), newest, 0, Step::Gone(GrantRefusal::Displaced)),
    ] {
        assert_eq!(Head::step(head, presented, now_ms, GRACE), expected);
    }
}

/// Heads that the first release wrote, byte for byte: a rollout must not cost a login.
#[test]
fn heads_in_the_store_stay_readable() {
    let [newest, before] = [[1; 16], [2; 16]].map(|bytes| Id::from(sealing::Fingerprint::from_bytes(bytes)));
    let mut stored = vec![0];
    stored.extend([[1; 16], [2; 16]].concat());
    stored.extend([0xac, 0x02]);
    assert_eq!(decode(&stored), Some(Head::Live { newest, before, rotated_at_ms: 300 }));
    assert_eq!(decode(&[1]), Some(Head::Revoked));
    assert_eq!(decode(&[9]), None);
}

/// What a client or a thief does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Presents the token that was issued this many issues ago.
    Present(usize),
    /// Lets this much time pass.
    Wait(u64),
}

proptest! {
    /// The model: a token is good if it is the newest, or if it is the one that the newest came from. All others
    /// end the family. After the end nothing is ever issued.
    #[test]
    fn g4_only_the_newest_and_the_one_before_ever_work(
        acts in proptest::collection::vec(
            prop_oneof![(0..4_usize).prop_map(Act::Present), (0..200_u64).prop_map(Act::Wait)],
            1..60,
        )
    ) {
        let fresh = || Id::generate(&OsEntropy);
        let mut issued = vec![fresh()];
        let (mut newest, mut parent): (Id, Option<Id>) = (issued[0], None);
        let (mut head, mut now_ms, mut ended) = (None, 0_u64, false);
        for act in acts {
            let presented = match act {
                Act::Wait(seconds) => {
                    now_ms += seconds * 1000;
                    continue;
                }
                Act::Present(ago) => issued[issued.len().saturating_sub(ago + 1)],
            };
            let works = !ended && (presented == newest || Some(presented) == parent);
            match Head::step(head, presented, now_ms, GRACE) {
                Step::Adopt | Step::Rotate => {
                    prop_assert!(works);
                    let next = fresh();
                    head = Some(Head::Live { newest: next, before: presented, rotated_at_ms: now_ms });
                    (newest, parent) = (next, Some(presented));
                    issued.push(next);
                }
                Step::Repeat(again) => {
                    prop_assert!(works);
                    prop_assert_eq!(again, newest);
                }
                Step::Reused => {
                    prop_assert!(!works && !ended);
                    head = Some(Head::Revoked);
                    ended = true;
                }
                Step::Gone(_) => prop_assert!(ended),
            }
        }
    }
}
