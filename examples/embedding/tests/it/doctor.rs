//! The doctor's examination, which any deployment can have: the whole login below the prefix, misuse included.

use ::doctor::Doctor;
use ::doctor::check::Outcome;
use ::doctor::target::Target;
use sealing::SecretString;

use crate::stage::{ALPHA, Stage};

/// What is left to the application: the root of its host, and pages of other origins (`docs/embedding.md`, "What stays
/// yours"). The last cannot be seen over http.
const NOT_OURS: [&str; 6] = ["B1-root", "A9-openid", "L1-errors", "L2-mcp", "L3", "E13-hsts"];

#[tokio::test]
async fn the_doctor_finds_what_is_left_to_the_application_and_nothing_else() {
    let stage = Stage::start().await;
    let target = Target::parse(&stage.at("/phone/mcp")).unwrap();
    let doctor = Doctor::new(target, Some(SecretString::new(ALPHA.to_owned()))).unwrap();
    let report = doctor.examine(|_| {}).await;
    assert_eq!(report.stopped, None);
    let counts = report.counts();
    assert!(counts.passed > 80, "{counts:?}");
    let faults: Vec<String> = report
        .results()
        .filter(|(check, _)| !NOT_OURS.contains(&check.id))
        .filter_map(|(check, outcome)| match outcome {
            Outcome::Passed => None,
            Outcome::Skipped(reason) => Some(format!("{} skipped: {reason}", check.id)),
            Outcome::Failed(fault) => Some(format!("{}: {} {}", check.id, fault.request, fault.line)),
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(counts.failed + counts.skipped, NOT_OURS.len(), "{counts:?}");
}
