//! A machine with far too much to do, in a time of its own: who gets what of it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::{Room, Shares};
use crate::edge::overload::{FLOOR, Overload, OverloadSettings, Permit};
use crate::edge::refused::{Class, Refusal};

const MS: Duration = Duration::from_millis(1);
/// Where nobody has found a level yet.
const BEGINNING: u32 = 8_000;
const END: u32 = 28_000;

/// Somebody who asks for one thing after the other.
struct Client {
    /// Milliseconds from one question to the next, if the answer was there.
    pace: u32,
    /// When it asks next; none while it waits.
    due: Option<u32>,
    asked: u32,
    answered: u32,
    refused: u32,
}

impl Client {
    fn new(pace: u32, number: u32) -> Self {
        Self { pace, due: Some(number % pace), asked: 0, answered: 0, refused: 0 }
    }
}

/// Lets them ask a machine that answers so much in a second. `by_key`: whether it counts who they are.
fn simulate(clients: &mut [Client], capacity: u32, by_key: bool) {
    let overload = Overload::new(OverloadSettings { most: 4096, delay: 5 * MS });
    let start = Instant::now();
    let mut queue: VecDeque<(usize, Permit)> = VecDeque::new();
    let (mut spare, mut random) = (0, 1u64);
    for now in 0..END {
        let counts = now >= BEGINNING;
        let count = clients.len();
        for turn in 0..count {
            // Not always the same comes first.
            let number = (turn + now as usize * 7) % count;
            let client = &mut clients[number];
            if client.due.is_none_or(|due| due > now) {
                continue;
            }
            let key = u128::from(number as u32).to_be_bytes();
            let let_in = overload.enter(Class::Reads).and_then(|permit| {
                if by_key {
                    overload.of_key(&key, start + now * MS)?;
                }
                Ok::<_, Refusal>(permit)
            });
            client.asked = now;
            match let_in {
                Ok(permit) => {
                    client.due = None;
                    queue.push_back((number, permit));
                }
                Err(refusal) => {
                    client.refused += u32::from(counts);
                    let away = refusal.retry_after.as_secs_f64().ceil();
                    client.due = Some(now + (away * 1e3) as u32);
                }
            }
        }
        spare += capacity;
        while spare >= 1_000 {
            spare -= 1_000;
            let Some((number, _permit)) = queue.pop_front() else { continue };
            let client = &mut clients[number];
            client.answered += u32::from(counts);
            // Nobody is so punctual that the same ones always meet the same moment.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let late = (random >> 33) as u32 % (client.pace / 10);
            client.due = Some((client.asked + client.pace + late).max(now + 1));
        }
        if now % 100 == 99 {
            overload.waited(MS * u32::try_from(queue.len()).unwrap() * 1_000 / capacity);
        }
    }
}

fn jain(clients: &[Client]) -> f64 {
    let answered = || clients.iter().map(|client| f64::from(client.answered));
    let (sum, squares): (f64, f64) = (answered().sum(), answered().map(|count| count * count).sum());
    sum * sum / (squares * clients.len() as f64)
}

fn answered(clients: &[Client]) -> u32 {
    clients.iter().map(|client| client.answered).sum()
}

#[test]
fn keys_that_ask_for_too_much_all_get_the_same() {
    // Jain's index, at least; and without shares, at most.
    for (keys, capacity, least, otherwise) in [
        (200, 500, 0.995, 0.97),
        (500, 1_500, 0.985, 0.97),
        (500, 2_000, 0.995, 0.97),
        (500, 2_500, 0.995, 0.97),
        (500, 4_000, 0.995, 0.99),
    ] {
        let all = || (0..keys).map(|number| Client::new(100, number)).collect::<Vec<_>>();
        let [mut fair, mut unfair] = [all(), all()];
        simulate(&mut fair, capacity, true);
        simulate(&mut unfair, capacity, false);
        let (fairness, before) = (jain(&fair), jain(&unfair));
        assert!(
            fairness >= least && before < otherwise,
            "{keys} of {capacity}: {fairness} with shares, {before} without"
        );
        let possible = capacity * (END - BEGINNING) / 1_000;
        assert!(answered(&fair) >= possible * 97 / 100, "{} of {possible}", answered(&fair));
    }
}

#[test]
fn whoever_asks_for_little_gets_it_beside_those_who_ask_for_too_much() {
    let mut clients: Vec<_> = (0..200).map(|number| Client::new(100, number)).collect();
    clients.extend((0..50).map(|number| Client::new(1_000, number * 20)));
    simulate(&mut clients, 500, true);
    let (greedy, modest) = clients.split_at(200);
    let (refused, answered) = (modest.iter().map(|client| client.refused).sum::<u32>(), answered(modest));
    assert!(refused * 100 <= answered, "{refused} refused, {answered} answered");
    assert!(jain(greedy) >= 0.99, "{}", jain(greedy));
}

#[test]
fn a_key_that_is_alone_has_it_all() {
    // Each is one of many calls that one key has under way.
    let overload = Overload::new(OverloadSettings { most: 4096, delay: 5 * MS });
    let (start, key) = (Instant::now(), [7; 16]);
    let mut queue = VecDeque::new();
    let (mut answered, mut deepest) = (0, 0);
    for now in 0..20_000u32 {
        while let Ok(permit) = overload.enter(Class::Reads) {
            if queue.len() == 200 || overload.of_key(&key, start + now * MS).is_err() {
                break;
            }
            queue.push_back(permit);
        }
        answered += u32::from(now % 2 == 0 && queue.pop_front().is_some());
        deepest = if now > 10_000 { deepest.max(queue.len()) } else { 0 };
        if now % 100 == 99 {
            overload.waited(2 * MS * u32::try_from(queue.len()).unwrap());
        }
    }
    assert_eq!(answered, 10_000);
    assert!(deepest < FLOOR, "{deepest}");
}

#[test]
fn what_was_had_fades() {
    let shares = Shares::new();
    let start = shares.start;
    let had = |key: u8, now: Instant| {
        let micros = now.duration_since(start).as_micros() as u64;
        let seen = std::cell::Cell::new(0);
        let _ = shares.keys.change(&[key; 16], micros, |ahead| {
            seen.set(ahead);
            Err(())
        });
        super::had(seen.get())
    };
    let room = Room { limit: 96, top: 128 };
    assert!((0..1_000).all(|_| shares.take(&[1; 16], 48, room, start)));
    assert_eq!(had(1, start), 0.0, "there is room for everybody: nobody counts");
    assert!(shares.take(&[1; 16], 49, room, start), "who has had nothing is let in");
    assert!((0..99).all(|_| shares.take(&[1; 16], 48, room, start)), "as is everybody where there is room");
    assert!((had(1, start) - 100.0).abs() < 0.01, "{}", had(1, start));
    let later = start + Duration::from_secs(8);
    assert!((had(1, later) - 36.8).abs() < 0.1, "{}", had(1, later));
    assert!(!shares.take(&[1; 16], 110, room, later) && shares.take(&[2; 16], 127, room, later));
    assert_eq!(had(1, start + Duration::from_secs(120)), 0.0);
    assert!(shares.take(&[1; 16], 110, room, start + Duration::from_secs(120)));
}

#[test]
fn a_few_calls_of_one_after_the_other_are_none_too_many() {
    let shares = Shares::new();
    assert!(
        (0..6).all(|_| shares.take(&[1; 16], 3, Room { limit: 4, top: 4 }, shares.start)),
        "three of four places are taken"
    );
}

#[test]
fn where_there_is_one_place_it_can_be_had_again_and_again() {
    for most in 1..=3 {
        let overload = Overload::new(OverloadSettings { most, delay: 5 * MS });
        let now = Instant::now();
        for _ in 0..100 {
            let _place = overload.enter(Class::Reads).unwrap();
            overload.of_key(&[7; 16], now).unwrap();
        }
    }
}
