//! Copies of the state: taken beside a running server and without one, and put back.

use crate::support::login::ALPHA;
use crate::support::{Login, TestServer};

use super::{is_refused, operate, refresh, status};

#[tokio::test]
async fn a_copy_brings_back_what_was_there_when_it_was_taken() {
    let data = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = data.path();
    let copy = elsewhere.path().join("copy");
    let copy = copy.to_str().unwrap();
    let mut first = TestServer::start_in(folder);
    let login = Login::with_key(&first, ALPHA).await;
    operate(folder, Some(&first), &["state", "backup", copy]).is(0, "Copied the state");
    operate(folder, Some(&first), &["state", "backup", copy]).is(1, "exists already");
    operate(folder, Some(&first), &["state", "restore", copy]).is(7, "stop it first");

    // After the copy: the connection is ended, and another one is made.
    operate(folder, Some(&first), &["grants", "revoke", "--host", "localhost", "--yes"]).is(0, "");
    is_refused(&first, &login.access_token).await;
    let later = Login::with_key(&first, ALPHA).await;
    assert_eq!(first.stop(), Some(0));

    let out = operate(folder, None, &["state", "restore", copy]).is(0, "is forgotten");
    assert!(out.contains("What was there is in "), "{out}");
    let second = TestServer::start_at(folder, &first.url);
    second.keep_secret(login.refresh_token.clone());
    assert_eq!(status(&second, &login.access_token).await, 200, "the revocation came after the copy");
    assert_eq!(refresh(&second, &login).await, "200");
    let list = operate(folder, Some(&second), &["grants", "list", "--json"]).json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    // Tokens need no list: the connection that the copy does not know is taken up again.
    assert_eq!(refresh(&second, &later).await, "200");
}

#[tokio::test]
async fn what_is_no_copy_never_takes_the_states_place() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
    operate(folder, None, &["state", "backup", &file("none")]).is(8, "there is no state");
    let mut server = TestServer::start_in(folder);
    Login::with_key(&server, ALPHA).await;
    assert_eq!(server.stop(), Some(0));
    assert!(!folder.join("state.redb-journal").exists(), "it was stopped as usual");

    let connections = || operate(folder, None, &["grants", "list", "--json"]).json();
    let before = connections();
    assert_eq!(before.as_array().unwrap().len(), 1, "{before}");
    for (name, content, code) in [("empty", "", 8), ("text", "this is no state", 4)] {
        std::fs::write(file(name), content).unwrap();
        operate(folder, None, &["state", "restore", &file(name)]).is(code, "mcp-server: ");
    }
    operate(folder, None, &["state", "restore", &file("missing")]).is(8, "no copy");
    assert_eq!(connections(), before);
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_str().unwrap().contains("restoring")), "{names:?}");

    // A damaged state is what a restoration is for. What is left of it stays together.
    operate(folder, None, &["state", "backup", &file("copy")]).is(0, "Copied");
    std::fs::write(folder.join("state.redb"), "damaged").unwrap();
    std::fs::write(folder.join("state.redb-journal"), "of the damaged").unwrap();
    let out = operate(folder, None, &["state", "restore", &file("copy")]).is(0, "What was there is in");
    let kept = out.lines().find_map(|line| line.strip_prefix("What was there is in ")).unwrap();
    let kept = kept.trim_end_matches('.');
    assert_eq!(std::fs::read(kept).unwrap(), b"damaged");
    assert_eq!(std::fs::read(format!("{kept}-journal")).unwrap(), b"of the damaged");
    assert!(!folder.join("state.redb-journal").exists());
    assert_eq!(connections(), before);
    assert_eq!(TestServer::start_in(folder).stop(), Some(0));
}
