//! The Kubernetes manifests: each overlay is built by kustomize, and what comes out is held against the schemas of the API, where a
//! field that does not exist is an error. Admission and what runs is a cluster's business.

use super::{scratch, tool};
use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// The API's version, which is that of the packaged schemas.
const VERSION: &str = "1.37";

const OVERLAYS: &[&str] = &["single", "many"];

pub(super) fn check(workspace: &Workspace) -> Result<(), Error> {
    let folder = scratch(workspace, "kubernetes")?;
    for overlay in OVERLAYS {
        let source = format!("deploy/kubernetes/overlays/{overlay}");
        let built = process::output(tool(workspace, "kubectl")?.args(["kustomize", &source]))?;
        let path = folder.join(format!("{overlay}.yaml"));
        std::fs::write(&path, built).map_err(Error::file(&path))?;
        let mut validate = tool(workspace, "kubernetes-validate")?;
        validate.args(["--strict", "--kubernetes-version", VERSION]).arg(&path);
        process::quiet(&format!("kubernetes-validate {overlay}"), &mut validate)?;
    }
    Ok(())
}
