//! The fuzz targets, as ordinary tests: every seed is played, so that what the fuzzer once looked for stays found.

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

/// Plays every seed of a target, and names those that fail.
#[track_caller]
fn check(name: &str, target: Target) {
    let seeds = files(&folder("seeds").join(name));
    assert!(!seeds.is_empty(), "no seed");
    let failed: Vec<_> = seeds
        .iter()
        .filter(|seed| {
            let input = std::fs::read(seed).unwrap();
            std::panic::catch_unwind(|| target(&input)).is_err()
        })
        .collect();
    assert_eq!(failed, Vec::<&PathBuf>::new());
}

#[test]
fn cursor() {
    check("cursor", targets::cursor);
}

#[test]
fn http_sse() {
    check("http_sse", targets::http_sse);
}

#[test]
fn input_responses() {
    check("input_responses", targets::input_responses);
}

#[test]
fn stdio() {
    check("stdio", targets::stdio);
}

#[test]
fn streamable_http() {
    check("streamable_http", targets::streamable_http);
}

/// A target that nothing runs, or seeds that nothing plays, would look like all is well.
#[test]
fn every_target_is_there() {
    let stems = |name: &str| -> BTreeSet<String> {
        let stem = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
        files(&folder(name)).iter().map(stem).collect()
    };
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(stems("fuzz_targets"), targets);
    assert_eq!(stems("seeds"), targets);
}
