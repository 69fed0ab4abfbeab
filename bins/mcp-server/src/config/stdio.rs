//! Settings of `stdio` that are known to work.

use std::path::{Path, PathBuf};

use mcp_tools::{Limits, Toolsets};
use openphone_client::DEFAULT_BASE_URL;
use sealing::SecretString;
use url::Url;

use super::credentials::operator_key;
use super::layers::Variables;
use crate::args::StdioArgs;
use crate::exit::Failure;

/// The workspace of a sandbox, unless another is named.
const SANDBOX_KEY: &str = "sandbox-key-workspace-alpha";

/// Settings of `stdio`.
#[derive(Clone, Debug)]
pub struct StdioSettings {
    /// Whether the simulated workspace answers instead of OpenPhone.
    pub sandbox: bool,
    /// Whose workspace.
    pub key: SecretString,
    /// Where what was sent is remembered.
    pub state: StateFolder,
    /// Where the OpenPhone API is, unless a sandbox answers.
    pub upstream: Url,
    /// Upper bound of what may be done.
    pub limits: Limits,
    /// The toolsets that are offered.
    pub toolsets: Toolsets,
    /// Tools that ChatGPT is offered beside its own.
    pub chatgpt_tools: Vec<String>,
}

/// Where what was sent is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFolder {
    /// In memory: what is simulated may be forgotten.
    None,
    /// In the user's own folder, where another process of theirs may be faster.
    Shared(PathBuf),
    /// In a folder that was named for this one.
    Own(PathBuf),
}

impl StdioSettings {
    /// Checks what was typed, and looks for the key.
    pub fn resolve(args: &StdioArgs, variables: &Variables) -> Result<Self, Failure> {
        let key = match operator_key(&args.key)?.map(|key| key.current()) {
            // A real key is nothing to a simulated workspace.
            Some(key) if !args.sandbox || key.expose().starts_with("sandbox-key-") => key,
            _ if args.sandbox => SecretString::new(SANDBOX_KEY.to_owned()),
            _ => {
                return Err(Failure::Option {
                    name: "OPENPHONE_API_KEY",
                    reason: "set it to your OpenPhone API key (in OpenPhone: Settings, API), or OPENPHONE_API_KEY_FILE to \
                             the file that holds it; or try it out with --sandbox"
                        .to_owned(),
                });
            }
        };
        let state = match &args.data_dir {
            Some(folder) => StateFolder::Own(folder.clone()),
            None if args.sandbox => StateFolder::None,
            None => StateFolder::Shared(state_folder(variables)?),
        };
        Ok(Self {
            sandbox: args.sandbox,
            key,
            state,
            upstream: super::upstream(args.upstream_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?,
            limits: args.policy.limits(),
            toolsets: args.policy.toolsets.unwrap_or_default(),
            chatgpt_tools: args.policy.chatgpt_tools.clone(),
        })
    }
}

/// Where programs keep state for their user (XDG Base Directory Specification). A path that is not absolute does not count.
fn state_folder(variables: &Variables) -> Result<PathBuf, Failure> {
    let folder = |name: &str| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    let state = state.ok_or_else(|| Failure::Option {
        name: "--data-dir",
        reason: "is needed, because neither XDG_STATE_HOME nor HOME says where state is kept".to_owned(),
    })?;
    Ok(state.join(Path::new("openphone-mcp")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Command;
    use crate::config::layers::{self, Refused};

    fn resolved(line: &str, variables: &[(&str, &str)]) -> Result<StdioSettings, String> {
        let words = ["mcp-server", "stdio"].into_iter().chain(line.split_whitespace()).map(Into::into);
        let variables: Variables = variables.iter().copied().collect();
        let layered = match layers::parse(words.collect(), &variables) {
            Ok(layered) => layered,
            Err(Refused::Setting(failure)) => return Err(failure.to_string()),
            Err(Refused::Usage(error)) => panic!("{error}"),
        };
        let Command::Stdio(args) = &layered.cli.command else { unreachable!("`stdio` was typed") };
        StdioSettings::resolve(args, &variables).map_err(|failure| failure.to_string())
    }

    #[test]
    fn keys_and_folders() {
        let (key, home) = (("OPENPHONE_API_KEY", "real-key"), ("HOME", "/ali"));
        let shared = |path: &str| StateFolder::Shared(PathBuf::from(path));
        let bravo = ("OPENPHONE_API_KEY", "sandbox-key-workspace-bravo");
        for (line, variables, expected_key, expected_state) in [
            ("", &[key, home][..], "real-key", shared("/ali/.local/state/openphone-mcp")),
            ("", &[key, home, ("XDG_STATE_HOME", "/state")], "real-key", shared("/state/openphone-mcp")),
            (
                "",
                &[key, home, ("XDG_STATE_HOME", "state")],
                "real-key",
                shared("/ali/.local/state/openphone-mcp"),
            ),
            ("--data-dir here", &[key], "real-key", StateFolder::Own(PathBuf::from("here"))),
            ("--sandbox", &[key], SANDBOX_KEY, StateFolder::None),
            ("--sandbox", &[], SANDBOX_KEY, StateFolder::None),
            ("--sandbox", &[bravo], "sandbox-key-workspace-bravo", StateFolder::None),
            ("--sandbox --data-dir here", &[], SANDBOX_KEY, StateFolder::Own(PathBuf::from("here"))),
        ] {
            let settings = resolved(line, variables).unwrap();
            assert_eq!((settings.key.expose(), &settings.state), (expected_key, &expected_state), "{line}");
        }
        assert!(resolved("", &[home]).unwrap_err().contains("Settings, API"));
        assert!(resolved("", &[key]).unwrap_err().contains("--data-dir"));
        let long = "canary".repeat(200);
        let refusal = resolved("", &[("OPENPHONE_API_KEY", &long), home]).unwrap_err();
        assert!(refusal.contains("too long") && !refusal.contains("canary"), "{refusal}");
    }
}
