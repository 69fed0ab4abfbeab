//! Secrets that the operator hands to the process: an environment variable, a file that one names, or a credential of systemd.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sealing::SecretString;

use crate::exit::Failure;

/// The operator's OpenPhone API key.
pub const API_KEY: SecretName = SecretName {
    variable: "OPENPHONE_API_KEY",
    file: "OPENPHONE_API_KEY_FILE",
    credential: "openphone-api-key",
};
/// What callers show to use it.
pub const ACCESS_TOKEN: SecretName = SecretName {
    variable: "OPENPHONE_MCP_ACCESS_TOKEN",
    file: "OPENPHONE_MCP_ACCESS_TOKEN_FILE",
    credential: "openphone-mcp-access-token",
};

/// Longest file that is read.
const MAX_FILE: u64 = 64 * 1024;

/// Where a secret may be.
#[derive(Clone, Copy, Debug)]
pub struct SecretName {
    /// The environment variable that holds it.
    pub variable: &'static str,
    /// The one that names a file with it.
    pub file: &'static str,
    /// Its file in systemd's folder of credentials.
    pub credential: &'static str,
}

/// Reads one variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The environment of this process.
#[must_use]
pub fn environment(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "the binary's configuration reads the environment")]
    std::env::var_os(name)
}

/// The secret, from the first place that has one: the variable, the file, systemd. `None`: nowhere.
///
/// # Errors
/// A place has something that is no secret, or cannot be read. What is there is not repeated.
pub fn secret(name: SecretName, environment: Environment<'_>) -> Result<Option<SecretString>, Failure> {
    let refuse = |from: &'static str, reason: String| Failure::Option { name: from, reason };
    let set = |variable: &str| environment(variable).filter(|value| !value.is_empty());
    if let Some(value) = set(name.variable) {
        if set(name.file).is_some() {
            return Err(refuse(name.file, format!("{} is set, too: set one of the two", name.variable)));
        }
        let text = value.into_string().map_err(|_| refuse(name.variable, "it is no text".to_owned()))?;
        return trimmed(text, name.variable).map(Some);
    }
    if let Some(path) = set(name.file) {
        return read(&PathBuf::from(path), name.file).map(Some);
    }
    match set("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(name.credential)) {
        Some(path) if path.exists() => read(&path, "CREDENTIALS_DIRECTORY").map(Some),
        _ => Ok(None),
    }
}

fn read(path: &Path, from: &'static str) -> Result<SecretString, Failure> {
    let refuse =
        |reason: String| Failure::Option { name: from, reason: format!("{}: {reason}", path.display()) };
    let length = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?.len();
    if length > MAX_FILE {
        return Err(refuse(format!("it is longer than {MAX_FILE} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    trimmed(text, from)
}

/// Without what an editor or `echo` put around it.
fn trimmed(text: String, from: &'static str) -> Result<SecretString, Failure> {
    let text = sealing::Zeroizing::new(text);
    let secret = text.trim();
    if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = "it must hold one secret without spaces, and nothing else".to_owned();
        return Err(Failure::Option { name: from, reason });
    }
    Ok(SecretString::new(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        secret(API_KEY, &environment)
            .map(|secret| secret.map(|secret| secret.expose().to_owned()))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_secret_is_found_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("openphone-api-key");
        std::fs::write(&path, "from-a-file\n").unwrap();
        let (path, folder) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
        let key = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(found(&[("OPENPHONE_API_KEY", "")]), Ok(None));
        assert_eq!(found(&[("OPENPHONE_API_KEY", " from-a-variable ")]), key("from-a-variable"));
        assert_eq!(found(&[("OPENPHONE_API_KEY_FILE", path)]), key("from-a-file"));
        assert_eq!(found(&[("CREDENTIALS_DIRECTORY", folder)]), key("from-a-file"));
        assert_eq!(found(&[("CREDENTIALS_DIRECTORY", "/nowhere")]), Ok(None));
        let both = [("OPENPHONE_API_KEY", "one"), ("CREDENTIALS_DIRECTORY", folder)];
        assert_eq!(found(&both), key("one"));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "canary and more").unwrap();
        let path = path.to_str().unwrap();
        for variables in [
            &[("OPENPHONE_API_KEY", "canary and more")][..],
            &[("OPENPHONE_API_KEY", "canary"), ("OPENPHONE_API_KEY_FILE", path)],
            &[("OPENPHONE_API_KEY_FILE", path)],
            &[("OPENPHONE_API_KEY_FILE", "/nowhere/key")],
        ] {
            let refusal = found(variables).unwrap_err();
            assert!(!refusal.contains("canary"), "{refusal}");
        }
    }
}
