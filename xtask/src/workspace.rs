//! Where things are: the workspace as cargo sees it, asked once.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::error::Error;
use crate::process;

/// The workspace that this xtask belongs to.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the environment or the config put it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and config files are honoured.
    pub(crate) fn find() -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Metadata {
            workspace_root: PathBuf,
            target_directory: PathBuf,
        }
        // Cargo's when it runs us, so that a copied or moved checkout finds itself.
        let folder = process::variable("CARGO_MANIFEST_DIR");
        let manifest = Path::new(folder.as_deref().unwrap_or(env!("CARGO_MANIFEST_DIR"))).join("Cargo.toml");
        let mut command = Command::new(cargo_program());
        command.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(&manifest);
        let json = process::output(&mut command)?;
        let metadata: Metadata =
            serde_json::from_str(&json).map_err(|error| Error::content(&manifest, &error))?;
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory })
    }

    /// A cargo command in the workspace's root.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_program());
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// A command that builds these targets, unoptimised. Selected so that `cargo test --workspace --all-features` builds the same:
    /// with another selection cargo would unify features otherwise, and build most of it again.
    pub(crate) fn debug_build(&self, targets: &[&str]) -> Command {
        let mut command = self.cargo(&["build", "--locked", "--workspace", "--all-features"]);
        command.args(SMALL_EXAMPLE).args(targets);
        command
    }

    /// Where [`Self::debug_build`] puts a program; an example is `examples/name`.
    pub(crate) fn debug_program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }
}

/// A target that has cargo count in the features of what only tests and examples depend on, as for `cargo test` and
/// `cargo clippy --all-targets`: nothing that these have built is built once more without them.
pub(crate) const SMALL_EXAMPLE: [&str; 2] = ["--example", "packaging"];

/// The cargo that runs us, which pins the toolchain; plain `cargo` outside of it.
fn cargo_program() -> String {
    process::variable("CARGO").unwrap_or_else(|| "cargo".to_owned())
}
