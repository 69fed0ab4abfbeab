//! The file of clients that the operator has set up: a JSON list in the words of RFC 7591.

use std::path::Path;

use oauth_server::PreregisteredClient;
use sealing::SecretString;
use serde::Deserialize;

use crate::exit::Failure;

/// Longest file, in bytes.
const MAX_FILE: u64 = 256 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    client_id: String,
    #[serde(default)]
    client_name: String,
    redirect_uris: Vec<String>,
    client_secret: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Secret(SecretString);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::new(text))
    }
}

/// Reads the file. What the entries may be is checked by the authorization server.
pub(super) fn read(path: &Path) -> Result<Vec<PreregisteredClient>, Failure> {
    let refuse = |reason: String| Failure::Option {
        name: "--clients",
        reason: format!("{}: {reason}", path.display()),
    };
    let length = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?.len();
    if length > MAX_FILE {
        return Err(refuse(format!("it is longer than {MAX_FILE} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let clients: Vec<Client> = serde_json::from_str(&text).map_err(|error| refuse(explain(&error)))?;
    Ok(clients.into_iter().map(Client::into_preregistered).collect())
}

/// Where it is wrong, without what stands there: that may be a secret.
fn explain(error: &serde_json::Error) -> String {
    format!("it is not a list of clients (line {}, column {})", error.line(), error.column())
}

impl Client {
    fn into_preregistered(self) -> PreregisteredClient {
        let client = PreregisteredClient::new(self.client_id, self.client_name, self.redirect_uris);
        match self.client_secret {
            Some(Secret(secret)) => client.secret(secret),
            None => client,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<PreregisteredClient>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients.json");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|failure| {
            assert_eq!(failure.code(), 2);
            failure.to_string()
        })
    }

    #[test]
    fn clients_are_read() {
        let clients = read_text(
            r#"[{ "client_id": "intranet", "client_name": "Intranet", "redirect_uris": ["https://intranet.example.com/cb"],
                  "client_secret": "canary-of-the-intranet" },
                { "client_id": "local", "redirect_uris": ["http://127.0.0.1/callback"] }]"#,
        )
        .unwrap();
        assert_eq!(clients.len(), 2);
        assert!(clients[0].secret.is_some() && clients[1].secret.is_none());
        assert!(!format!("{clients:?}").contains("canary"));
    }

    #[test]
    fn a_wrong_file_is_refused_without_being_repeated() {
        for text in [
            "",
            "{}",
            r#"[{ "client_id": "x" }]"#,
            r#"[{ "client_id": "x", "redirect_uris": [], "secret": "canary" }]"#,
            r#"[{ "client_id": "x", "redirect_uris": [], "client_secret": ["canary"] }]"#,
            r#"[{ "client_id": "x", "redirect_uris": [], "client_secret": "canary }]"#,
        ] {
            let refusal = read_text(text).unwrap_err();
            assert!(
                refusal.contains("not a list of clients (line ") && !refusal.contains("canary"),
                "{refusal}"
            );
        }
        assert!(read(Path::new("/nowhere/clients.json")).is_err());
    }
}
