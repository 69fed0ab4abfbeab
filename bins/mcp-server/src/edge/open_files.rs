//! How many files the process may have open, which is how many connections it may have.

/// Takes as many as the system lets it have: what a process starts with, often 1,024, is for programs that use a limited set
/// of descriptors, and ours does not. A lower limit than there may be connections is worth a line in the log.
pub(crate) fn allow(connections: usize) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
            if let Err(error) = setrlimit(Resource::Nofile, raised) {
                tracing::debug!(%error, "the limit of open files stays as it is");
            }
        }
        let files = getrlimit(Resource::Nofile).current;
        if let Some(files) = files
            && u64::try_from(connections).is_ok_and(|connections| files < connections)
        {
            tracing::info!(files, connections, "fewer files may be open than connections are allowed");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    #[test]
    fn the_process_may_open_as_many_files_as_the_system_lets_it() {
        super::allow(20_000);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
