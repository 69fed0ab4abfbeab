//! What the process denies itself: a core dump, or another process of its user, would hold the keys in clear.

/// Forbids core dumps and looking into this process's memory (`PR_SET_DUMPABLE` of prctl(2)). Where there is no such thing,
/// nothing happens.
pub(crate) fn forbid_dumps() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "core dumps cannot be forbidden: they would hold keys");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn n7_the_process_cannot_be_dumped() {
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
        super::forbid_dumps();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
