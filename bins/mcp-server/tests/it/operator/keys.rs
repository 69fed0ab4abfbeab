//! Rotation with and without a running server, and retiring: only what nobody needs, or by force.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use state_store::embedded::EmbeddedStore;
use state_store::{Clock as _, Key, Store, SystemClock};

use super::{Outcome, operate, refresh, refreshed, status};
use crate::support::login::ALPHA;
use crate::support::redis::RedisServer;
use crate::support::{Login, TestServer};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

fn now() -> u64 {
    SystemClock.unix_seconds()
}

/// Puts the time back at which keys ceased to seal, as if that long had passed.
fn age(folder: &Path, seconds: u64) {
    let path = folder.join("keys");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| match line.strip_prefix("rotated = ") {
        None => line.to_owned(),
        Some(times) => {
            let times = times.split(',').map(|entry| {
                let (kid, time) = entry.split_once(':').unwrap();
                format!("{kid}:{}", time.parse::<u64>().unwrap() - seconds)
            });
            format!("rotated = {}", times.collect::<Vec<_>>().join(","))
        }
    });
    let aged = lines.collect::<Vec<_>>().join("\n");
    assert_ne!(aged, text.trim_end(), "there was a time to put back");
    std::fs::write(path, aged).unwrap();
}

fn row<'a>(list: &'a Value, kid: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|row| row["kid"] == kid).unwrap_or_else(|| panic!("{list}"))
}

#[tokio::test]
async fn rotation_logs_nobody_out_and_needs_no_restart() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let server = TestServer::start_in(folder);
    let login = Login::with_key(&server, ALPHA).await;
    assert!(login.refresh_token.starts_with("opqrt_k1_"));

    let said = operate(folder, Some(&server), &["keys", "rotate"]).is(0, "k2 seals from now on");
    assert!(said.contains("has taken it up (k2, k1)"), "{said}");
    assert_eq!(status(&server, &login.access_token).await, 200);
    let login = refreshed(&server, &login).await;
    assert!(login.refresh_token.starts_with("opqrt_k2_"));
    operate(folder, Some(&server), &["keys", "rotate"]).is(0, "The ring: k3 (seals), k2, k1.");
    let login = refreshed(&server, &login).await;
    assert!(login.refresh_token.starts_with("opqrt_k3_"));

    // What needs which key is known: the client's own id is sealed under the first.
    let list = operate(folder, Some(&server), &["keys", "list", "--json"]).json();
    assert_eq!(
        (&row(&list, "k3")["state"], &row(&list, "k1")["state"]),
        (&json!("active"), &json!("opening only"))
    );
    for kid in ["k1", "k2", "k3"] {
        assert_eq!(row(&list, kid)["need"], "until", "{list}");
        let until: jiff::Timestamp = row(&list, kid)["needed_until"].as_str().unwrap().parse().unwrap();
        let days = (until.as_second() as u64 - now()) / DAY;
        assert!((29..33).contains(&days), "{list}");
        assert_eq!(row(&list, kid)["rotated_at"].is_null(), kid == "k3", "{list}");
    }
    let table = operate(folder, Some(&server), &["keys", "list"]).is(0, "k1");
    assert!(table.contains("opening only since 20") && table.contains("at least (within 3"), "{table}");

    // The first hour, then the need, then the active one.
    operate(folder, Some(&server), &["keys", "retire", "k1"]).is(7, "k1 ceased to seal at");
    age(folder, 2 * HOUR);
    let before = std::fs::read(folder.join("keys")).unwrap();
    operate(folder, Some(&server), &["keys", "retire", "k1"]).is(7, "live connections may need k1 until");
    operate(folder, Some(&server), &["keys", "retire", "k3"]).is(7, "active");
    operate(folder, Some(&server), &["keys", "retire", "k3", "--force"]).is(7, "active");
    operate(folder, Some(&server), &["keys", "retire", "k9"]).is(8, "no key k9");
    operate(folder, Some(&server), &["keys", "retire", "K9"]).is(2, "1 to 16");
    assert_eq!(std::fs::read(folder.join("keys")).unwrap(), before, "nothing was changed");
    assert_eq!(refresh(&server, &login).await, "200");

    // By force, and what it costs.
    let said = operate(folder, Some(&server), &["keys", "retire", "k1", "--force"]).is(0, "k1 is gone");
    assert!(said.contains("at most 1 listed connection,") && said.contains("(k3, k2)"), "{said}");
    assert_eq!(refresh(&server, &login).await, "401 invalid_client");
    let again = Login::with_key(&server, ALPHA).await;
    assert!(again.client_id.starts_with("opqcl_k3_"));
    assert_eq!(status(&server, &again.access_token).await, 200);
}

/// What a store has come to know of the first key.
async fn remember(store: &dyn Store, began: u64, needed: Option<u64>) {
    for (id, time) in [("began-at", Some(began)), ("k1", needed)] {
        let key = Key::new("oauth-key-use", id);
        store.remove(&key).await.unwrap();
        if let Some(time) = time {
            let ttl = Duration::from_secs(100 * DAY);
            store.insert_if_absent(&key, &time.to_be_bytes(), ttl).await.unwrap();
        }
    }
}

/// Keys of which `k1` ceased to seal long ago.
fn long_rotated(folder: &Path) {
    operate(folder, None, &["keys", "generate"]).is(0, "Made");
    operate(folder, None, &["keys", "rotate"]).is(7, "no server runs on this folder and no state is in it");
    operate(folder, None, &["keys", "rotate", "--at-once"]).is(0, "No server runs on this folder.");
    age(folder, 60 * DAY);
}

async fn retiring(folder: &Path, options: &[&str], store: impl AsyncFn() -> Arc<dyn Store>) {
    let retire = || operate(folder, None, &[&["keys", "retire", "k1"], options].concat());
    let listed = |need: &str| {
        let list = operate(folder, None, &[&["keys", "list", "--json"], options].concat()).json();
        assert_eq!(row(&list, "k1")["need"], need, "{list}");
    };
    let refused = |outcome: Outcome, expected: &str| {
        outcome.is(7, expected);
        assert!(std::fs::read_to_string(folder.join("keys")).unwrap().contains("k1:"));
    };
    drop(store().await);
    refused(retire(), "the store has no record of any login");
    listed("unknown");
    remember(&*store().await, now() - 3 * DAY, None).await;
    refused(retire(), "is not known before");
    listed("unknown");
    remember(&*store().await, now() - 40 * DAY, Some(now() + DAY)).await;
    refused(retire(), "live connections may need k1 until");
    listed("until");
    // Within the hour that is added.
    remember(&*store().await, now() - 40 * DAY, Some(now() - HOUR / 2)).await;
    refused(retire(), "live connections may need k1 until");
    remember(&*store().await, now() - 40 * DAY, Some(now() - 2 * HOUR)).await;
    listed("nobody");
    retire().is(0, "No live connection needed k1.");
    retire().is(8, "no key k1");
    let text = std::fs::read_to_string(folder.join("keys")).unwrap();
    assert!(!text.contains("k1:") && text.contains("ring = k2:"), "the key and its time are gone");
}

#[tokio::test]
async fn a_key_that_nobody_needs_is_retired_with_the_embedded_store() {
    let data = tempfile::tempdir().unwrap();
    long_rotated(data.path());
    let file = data.path().join("state.redb");
    operate(data.path(), None, &["keys", "retire", "k1"]).is(7, "cannot be told");
    let store = async || {
        let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&file, Arc::new(SystemClock)).unwrap());
        store
    };
    retiring(data.path(), &[], store).await;
}

#[tokio::test]
async fn a_key_that_nobody_needs_is_retired_with_a_shared_store() {
    let Some(redis) = RedisServer::start().await else { return };
    let data = tempfile::tempdir().unwrap();
    long_rotated(data.path());
    let out_of_reach = ["keys", "retire", "k1", "--store", "redis://127.0.0.1:1/"];
    operate(data.path(), None, &out_of_reach).is(7, "whether k1 is still needed cannot be told");
    let url = redis.url();
    retiring(data.path(), &["--store", &url], async || redis.store().await).await;
}

/// Instances that share a store each open what another seals, at every moment of a rotation.
#[tokio::test]
async fn instances_rotate_in_two_steps() {
    let Some(redis) = RedisServer::start().await else { return };
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let first = TestServer::instance(folder, &redis.url(), None);
    let second = TestServer::instance(folder, &redis.url(), Some(&first));
    let opens_everywhere = async |login: &Login| {
        for server in [&first, &second] {
            assert_eq!(status(server, &login.access_token).await, 200);
        }
    };
    operate(folder, Some(&first), &["keys", "rotate"]).is(7, "may share its store with others: an instance");
    let staged = operate(folder, Some(&first), &["keys", "rotate", "--stage"]).is(0, "k1 (seals), k2 (next)");
    assert!(staged.contains("has taken it up"), "{staged}");
    operate(folder, Some(&first), &["keys", "rotate", "--stage"]).is(5, "k2 is staged already");
    second.signal("HUP");
    second.logs("the key file was taken up").await;

    operate(folder, Some(&first), &["keys", "rotate"]).is(0, "k2 seals from now on");
    // One has it in front, the other does not.
    let of_first = Login::with_key(&first, ALPHA).await;
    assert!(of_first.access_token.starts_with("opqat_k2_"));
    opens_everywhere(&of_first).await;
    let of_second = refreshed(&second, &of_first).await;
    assert!(of_second.access_token.starts_with("opqat_k1_"));
    opens_everywhere(&of_second).await;
    let of_first = refreshed(&first, &of_second).await;
    second.signal("HUP");
    second.logs("\"active\":\"k2\"").await;
    let of_second = refreshed(&second, &of_first).await;
    assert!(of_second.access_token.starts_with("opqat_k2_"));
    opens_everywhere(&of_second).await;

    // Whoever knows that there is no other instance may say so.
    operate(folder, Some(&first), &["keys", "rotate", "--at-once"]).is(0, "k3 seals from now on");
}

#[tokio::test]
async fn a_server_goes_on_with_its_keys_when_the_file_is_bad() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let server = TestServer::start_in(folder);
    let login = Login::with_key(&server, ALPHA).await;
    let path = folder.join("keys");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "ring = nonsense").unwrap();
    server.signal("HUP");
    server.logs("the server goes on with the keys that it has").await;
    assert_eq!(status(&server, &login.access_token).await, 200);

    // Another deployment's file: all quotas and revocations would begin anew.
    let elsewhere = tempfile::tempdir().unwrap();
    operate(elsewhere.path(), None, &["keys", "generate"]).is(0, "Made");
    std::fs::copy(elsewhere.path().join("keys"), &path).unwrap();
    let said = operate(folder, Some(&server), &["keys", "rotate"]).is(0, "has not taken it up");
    assert!(said.contains("its fingerprint key is another one") && said.contains("restart it"), "{said}");
    assert_eq!(refresh(&server, &login).await, "200");
    std::fs::write(&path, good).unwrap();
    operate(folder, Some(&server), &["keys", "rotate"]).is(0, "has taken it up (k2, k1)");
}
