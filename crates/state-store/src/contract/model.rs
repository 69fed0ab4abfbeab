//! Random histories on a few keys, compared step by step with a model that is too simple to be wrong.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;

use super::{Harness, assert_remaining};
use crate::store::{
    Added, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
};

/// A step of a history. Times are in ticks; keys and values are few, so that steps meet.
#[derive(Clone, Debug)]
enum Step {
    Insert { value: u8, ttl: u32 },
    Get,
    CompareExchange { expected: Option<u8>, new: u8, ttl: u32 },
    Remove,
    Add { amount: u64, limit: u64, ttl: u32 },
    Refund { amount: u64 },
    Take { period: u32, burst: u32, units: u32 },
    Append { value: u8, max_entries: u32, ttl: u32 },
    Read { after: u64, limit: usize },
    Advance { ticks: u32 },
}

/// What the caller of a step is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Inserted(Inserted),
    Value(Option<Bytes>),
    Exchanged(Exchange),
    Added(Added),
    Taken(QuotaDecision),
    Appended(u64),
    Entries(Vec<LogEntry>),
    WrongKind,
    Nothing,
}

pub async fn random_histories(harness: &impl Harness) {
    let exact = harness.has_exact_clock();
    // Where time passes by itself, a tick is so long that nothing expires.
    let tick = if exact { Duration::from_millis(10) } else { super::LONG };
    let stores = harness.stores();
    let runtime = Handle::current();
    let histories = AtomicU32::new(0);
    let config = Config { failure_persistence: None, cases: harness.histories(), ..Config::default() };
    let outcome = tokio::task::block_in_place(|| {
        let history = prop::collection::vec((0..3_u8, step(exact)), 1..60);
        TestRunner::new(config).run(&history, |steps| {
            // Keys of its own for each history: the engine is shared.
            let number = histories.fetch_add(1, Ordering::Relaxed);
            runtime.block_on(replay(harness, &stores, number, tick, &steps));
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

fn step(advances: bool) -> impl Strategy<Value = Step> {
    let (value, ttl) = (0..3_u8, 1..6_u32);
    prop_oneof![
        2 => (value.clone(), ttl.clone()).prop_map(|(value, ttl)| Step::Insert { value, ttl }),
        2 => Just(Step::Get),
        3 => (prop::option::of(value.clone()), value.clone(), ttl.clone())
            .prop_map(|(expected, new, ttl)| Step::CompareExchange { expected, new, ttl }),
        2 => Just(Step::Remove),
        2 => (0..5_u64, 0..10_u64, ttl.clone()).prop_map(|(amount, limit, ttl)| Step::Add { amount, limit, ttl }),
        1 => (0..5_u64).prop_map(|amount| Step::Refund { amount }),
        3 => (1..4_u32, 1..5_u32, 0..6_u32).prop_map(|(period, burst, units)| Step::Take { period, burst, units }),
        3 => (value, 1..4_u32, ttl)
            .prop_map(|(value, max_entries, ttl)| Step::Append { value, max_entries, ttl }),
        2 => (0..6_u64, 1..5_usize).prop_map(|(after, limit)| Step::Read { after, limit }),
        if advances { 4 } else { 0 } => (1..4_u32).prop_map(|ticks| Step::Advance { ticks }),
    ]
}

async fn replay(
    harness: &impl Harness,
    stores: &[Arc<dyn Store>],
    history: u32,
    tick: Duration,
    steps: &[(u8, Step)],
) {
    let mut model = Model { now: 0, things: HashMap::new() };
    for (index, (key, step)) in steps.iter().enumerate() {
        let foretold = model.apply(*key, step).in_time(tick);
        let store = &stores[index % stores.len()];
        let told = match step {
            Step::Advance { ticks } => {
                harness.advance(tick * *ticks).await;
                Told::Nothing
            }
            _ => apply(store.as_ref(), &Key::new("model", format!("{history}-{key}")), step, tick).await,
        };
        assert_agrees(harness, told, foretold, index);
    }
}

async fn apply(store: &dyn Store, key: &Key, step: &Step, tick: Duration) -> Told {
    let told = match *step {
        Step::Insert { value, ttl } => {
            store.insert_if_absent(key, &[value], tick * ttl).await.map(Told::Inserted)
        }
        Step::Get => store.get(key).await.map(Told::Value),
        Step::CompareExchange { expected, new, ttl } => {
            let expected = expected.as_ref().map(std::slice::from_ref);
            store.compare_exchange(key, expected, &[new], tick * ttl).await.map(Told::Exchanged)
        }
        Step::Remove => store.remove(key).await.map(Told::Value),
        Step::Add { amount, limit, ttl } => {
            store.add_up_to(key, amount, limit, tick * ttl).await.map(Told::Added)
        }
        Step::Refund { amount } => store.refund(key, amount).await.map(|()| Told::Nothing),
        Step::Take { period, burst, units } => {
            store.take_quota(key, Quota { period: tick * period, burst }, units).await.map(Told::Taken)
        }
        Step::Append { value, max_entries, ttl } => {
            let bound = LogBound { max_entries, ttl: tick * ttl };
            store.append(key, &[value], bound).await.map(Told::Appended)
        }
        Step::Read { after, limit } => store.read_since(key, after, limit).await.map(Told::Entries),
        Step::Advance { .. } => Ok(Told::Nothing),
    };
    match told {
        Err(StoreError::WrongKind) => Told::WrongKind,
        other => other.expect("the store is there"),
    }
}

/// Equal, but for times where time passes by itself.
#[track_caller]
fn assert_agrees(harness: &impl Harness, mut told: Told, mut foretold: Told, index: usize) {
    if let (Some(actual), Some(expected)) = (time_in(&mut told), time_in(&mut foretold)) {
        if !expected.is_zero() {
            assert_remaining(harness, *actual, *expected);
        }
        *actual = *expected;
    }
    assert_eq!(told, foretold, "step {index}");
}

fn time_in(told: &mut Told) -> Option<&mut Duration> {
    match told {
        Told::Added(Added::Full { resets_in, .. }) => Some(resets_in),
        Told::Taken(QuotaDecision::Denied { retry_after }) => retry_after.as_mut(),
        _ => None,
    }
}

/// Time in ticks.
struct Model {
    now: u32,
    /// What is there, and when it goes.
    things: HashMap<u8, (u32, Thing)>,
}

#[derive(Clone, Debug)]
enum Thing {
    Value(u8),
    Counter(u64),
    /// A leaky bucket: what was poured in runs out by one a tick, and is gone when the thing goes.
    Bucket,
    /// Everything that was ever appended, and how much of the end is kept.
    Log(Vec<u8>, usize),
}

/// What is foretold, with a time in ticks.
struct Foretold(Told, u32);

impl Foretold {
    fn in_time(self, tick: Duration) -> Told {
        let Self(mut told, ticks) = self;
        if let Some(time) = time_in(&mut told) {
            *time = tick * ticks;
        }
        told
    }
}

impl Model {
    fn apply(&mut self, key: u8, step: &Step) -> Foretold {
        let now = self.now;
        let there = self.things.get(&key).filter(|(until, _)| *until > now).cloned();
        let told = match (step, there) {
            (Step::Advance { ticks }, _) => {
                self.now += ticks;
                Told::Nothing
            }

            (Step::Insert { value, ttl }, None) => {
                self.put(key, now + ttl, Thing::Value(*value));
                Told::Inserted(Inserted::Stored)
            }
            (Step::Insert { .. }, Some((_, Thing::Value(there)))) => {
                Told::Inserted(Inserted::Exists(bytes(there)))
            }
            (Step::Get | Step::Remove, None) => Told::Value(None),
            (Step::Get, Some((_, Thing::Value(there)))) => Told::Value(Some(bytes(there))),
            (Step::Remove, Some((_, Thing::Value(there)))) => {
                self.things.remove(&key);
                Told::Value(Some(bytes(there)))
            }
            (Step::CompareExchange { expected: None, new, ttl }, None) => {
                self.put(key, now + ttl, Thing::Value(*new));
                Told::Exchanged(Exchange::Swapped)
            }
            (Step::CompareExchange { expected: Some(_), .. }, None) => {
                Told::Exchanged(Exchange::Differs(None))
            }
            (Step::CompareExchange { expected, new, ttl }, Some((_, Thing::Value(there)))) => {
                if *expected == Some(there) {
                    self.put(key, now + ttl, Thing::Value(*new));
                    Told::Exchanged(Exchange::Swapped)
                } else {
                    Told::Exchanged(Exchange::Differs(Some(bytes(there))))
                }
            }

            (Step::Add { amount, limit, .. }, None) if amount > limit => {
                Told::Added(Added::Full { total: 0, resets_in: Duration::ZERO })
            }
            (Step::Add { amount: 0, .. }, None) => Told::Added(Added::Within { total: 0 }),
            (Step::Add { amount, ttl, .. }, None) => {
                self.put(key, now + ttl, Thing::Counter(*amount));
                Told::Added(Added::Within { total: *amount })
            }
            (Step::Add { amount, limit, .. }, Some((until, Thing::Counter(total)))) => {
                if total + amount > *limit {
                    let full = Added::Full { total, resets_in: Duration::ZERO };
                    return Foretold(Told::Added(full), until - now);
                }
                self.put(key, until, Thing::Counter(total + amount));
                Told::Added(Added::Within { total: total + amount })
            }
            (Step::Refund { .. }, None) => Told::Nothing,
            (Step::Refund { amount }, Some((until, Thing::Counter(total)))) => {
                self.put(key, until, Thing::Counter(total.saturating_sub(*amount)));
                Told::Nothing
            }

            (Step::Take { burst, units, .. }, None | Some((_, Thing::Bucket))) if units > burst => {
                Told::Taken(QuotaDecision::Denied { retry_after: None })
            }
            (Step::Take { period, burst, units }, bucket @ (None | Some((_, Thing::Bucket)))) => {
                let size = period * burst;
                let level = bucket.map_or(0, |(until, _)| until - now).min(size) + period * units;
                if level > size {
                    let denied = QuotaDecision::Denied { retry_after: Some(Duration::ZERO) };
                    return Foretold(Told::Taken(denied), level - size);
                }
                if *units > 0 {
                    self.put(key, now + level, Thing::Bucket);
                }
                Told::Taken(QuotaDecision::Allowed { remaining: (size - level) / period })
            }

            (Step::Append { value, max_entries, ttl }, None) => {
                self.put(key, now + ttl, Thing::Log(vec![*value], *max_entries as usize));
                Told::Appended(1)
            }
            (Step::Append { value, max_entries, ttl }, Some((_, Thing::Log(mut values, kept)))) => {
                values.push(*value);
                let kept = (kept.min(values.len() - 1) + 1).min(*max_entries as usize);
                let sequence = values.len() as u64;
                self.put(key, now + ttl, Thing::Log(values, kept));
                Told::Appended(sequence)
            }
            (Step::Read { .. }, None) => Told::Entries(Vec::new()),
            (Step::Read { after, limit }, Some((_, Thing::Log(values, kept)))) => {
                let dropped = values.len() - kept.min(values.len());
                let entries = (1..).zip(values).skip(dropped).filter(|(sequence, _)| sequence > after);
                let entry = |(sequence, value)| LogEntry { sequence, value: bytes(value) };
                Told::Entries(entries.take(*limit).map(entry).collect())
            }

            (_, Some(_)) => Told::WrongKind,
        };
        Foretold(told, 0)
    }

    fn put(&mut self, key: u8, until: u32, thing: Thing) {
        self.things.insert(key, (until, thing));
    }
}

fn bytes(value: u8) -> Bytes {
    Bytes::copy_from_slice(&[value])
}
