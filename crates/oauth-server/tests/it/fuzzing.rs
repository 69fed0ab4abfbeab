//! The fuzz targets, as ordinary tests: every seed is played, so that what the fuzzer once looked for stays found. What
//! comes of each is a snapshot: seeds that no longer reach deep would look like all is well.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use targets::{TARGETS, Target};

#[expect(unreachable_pub, reason = "it is a library of its own, too")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Plays every seed of a target, and compares what came of them.
#[track_caller]
fn check(name: &str, target: Target) {
    let outcome = |seed: &PathBuf| {
        let input = std::fs::read(seed).unwrap();
        let outcome = std::panic::catch_unwind(|| target(&input)).unwrap_or_else(|_| "FAILED".to_owned());
        format!("{}: {outcome}\n", stem(seed))
    };
    let outcomes: String = files(&folder("seeds").join(name)).iter().map(outcome).collect();
    assert!(!outcomes.contains("FAILED"), "{outcomes}");
    insta::assert_snapshot!(name, outcomes);
}

#[test]
fn authorize_query() {
    check("authorize_query", targets::authorize_query);
}

#[test]
fn bearer_header() {
    check("bearer_header", targets::bearer_header);
}

#[test]
fn challenge() {
    check("challenge", targets::challenge);
}

#[test]
fn client_assertion() {
    check("client_assertion", targets::client_assertion);
}

#[test]
fn client_document() {
    check("client_document", targets::client_document);
}

#[test]
fn connections_form() {
    check("connections_form", targets::connections_form);
}

#[test]
fn consent_form() {
    check("consent_form", targets::consent_form);
}

#[test]
fn redirect_uri() {
    check("redirect_uri", targets::redirect_uri);
}

#[test]
fn register_json() {
    check("register_json", targets::register_json);
}

#[test]
fn revoke() {
    check("revoke", targets::revoke);
}

#[test]
fn sealed_open() {
    check("sealed_open", targets::sealed_open);
}

#[test]
fn signed_out() {
    check("signed_out", targets::signed_out);
}

#[test]
fn token_request() {
    check("token_request", targets::token_request);
}

/// A target that nothing runs, or seeds that nothing plays, would look like all is well.
#[test]
fn every_target_is_there() {
    let stems =
        |name: &str| -> BTreeSet<String> { files(&folder(name)).iter().map(|file| stem(file)).collect() };
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(stems("fuzz_targets"), targets);
    assert_eq!(stems("seeds"), targets);
}
