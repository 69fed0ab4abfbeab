//! `docs/configuration.md` and `schemas/config.schema.json`: every setting, from the schema that the binary prints of its own
//! options.

use std::process::Command;

use serde_json::Value;

use super::markdown::{cell, line};
use super::sorted;
use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// Where the schema is.
pub(super) const SCHEMA: &str = "schemas/config.schema.json";
/// Where the page is.
pub(super) const PAGE: &str = "docs/configuration.md";

/// What stands before the settings.
const HEAD: &str = "# Configuration

<!-- Written by `cargo xtask codegen` from the options of `mcp-server serve`. Do not edit. -->

Each setting has one name and can be set in four places. What stands higher counts:

| Place | How |
|---|---|
| command line | `--texts-per-day 50` |
| environment | `OPENPHONE_MCP_TEXTS_PER_DAY=50`; a list with commas, a switch `true` or `false`; an empty variable counts as not set |
| file | `texts-per-day = 50` in a TOML file that `--config FILE` or `OPENPHONE_MCP_CONFIG` names; no sections; a list is `[\"a\", \"b\"]` |
| default | as below |

A switch that is on elsewhere is turned off with `--read-only=false`. A name that does not exist is an error, in the environment, too, and the message says which one may have been meant. `serve`, `stdio`, `keys`, `grants` and
`config` read the environment and the file; `sandbox` and `doctor` are no deployment and read neither.

    mcp-server config print     every setting, its value, and where that came from; secrets are left out (--json)
    mcp-server config check     what is wrong with them, with the key file and the list of clients; starts nothing
    mcp-server config schema    the JSON Schema of the file (schemas/config.schema.json), for editors

## Secrets

A setting that is a secret (marked below) is better in a file than in an environment variable, which child processes and crash reports see, and better there than on the command line, which every user of the machine sees. Each secret
`x` therefore has a second name, `x-file`, in every place: `--store-file FILE`, `OPENPHONE_MCP_STORE_FILE`, `store-file = \"…\"`. The file's whole content is the secret, without a line break at its end; others than its owner and its group
must have no access. Of a secret and its file, the one that is set in the higher place counts.

Under systemd, a credential of the secret's name is found by itself (`LoadCredential=store:/etc/openphone-mcp/store`, `keys`, …): it counts after environment variables and before the configuration file. A configuration file that
holds a secret itself must be closed to others.

The key ring is read again on SIGHUP, and `keys rotate` changes it without logging anybody out ([deployment](deployment.md#keys)).

## The production profile

`profile = \"production\"` refuses to start with what is fine on a desk and a mistake in front of users. `relax` lets single findings pass, by name; each is then a warning in the log at every start. The sandbox cannot be let pass, and weak
keys, proxies of `0.0.0.0/0` and an `http` public URL for anything but this machine are refused in every profile.

";

/// Both files, by their paths.
pub(super) fn files(workspace: &Workspace) -> Result<[(String, String); 2], Error> {
    process::run(workspace.debug_build(&["--bin", "mcp-server"]).arg("--quiet"))?;
    let mut command = Command::new(workspace.debug_program("mcp-server"));
    let printed = process::output(command.args(["config", "schema"]))?;
    let schema: Value = serde_json::from_str(&printed).map_err(|error| Error::Check(error.to_string()))?;
    let page = page(&schema);
    Ok([(PAGE.to_owned(), page), (SCHEMA.to_owned(), format!("{:#}\n", sorted(schema)))])
}

/// One setting.
struct Setting<'a> {
    name: &'a str,
    property: &'a Value,
}

impl<'a> Setting<'a> {
    fn text(&self, key: &str) -> &'a str {
        self.property[key].as_str().unwrap_or_default()
    }

    fn position(&self) -> u64 {
        self.property["x-position"].as_u64().unwrap_or(u64::MAX)
    }

    /// `text`, `number`, `list of …`.
    fn form(&self) -> String {
        let choices = |of: &Value| {
            of["enum"].as_array().map(|values| {
                let values = values.iter().filter_map(Value::as_str).map(|value| format!("`{value}`"));
                values.collect::<Vec<_>>().join(", ")
            })
        };
        let form = match self.property["type"].as_str() {
            Some("boolean") => "switch".to_owned(),
            Some("integer") => "number".to_owned(),
            _ => {
                let items = &self.property["oneOf"][0]["items"];
                match (choices(self.property), choices(items), items.is_object()) {
                    (Some(values), _, _) => format!("one of {values}"),
                    (None, Some(values), _) => format!("list of {values}"),
                    (None, None, true) => "list".to_owned(),
                    (None, None, false) => "text".to_owned(),
                }
            }
        };
        if self.property["writeOnly"] == true { format!("{form}, **secret**") } else { form }
    }

    fn default(&self) -> String {
        match &self.property["default"] {
            Value::Null => String::new(),
            Value::Array(values) => {
                let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
                format!("`{}`", values.join(","))
            }
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        }
    }
}

fn page(schema: &Value) -> String {
    let mut page = HEAD.to_owned();
    let properties = schema["properties"].as_object();
    let mut settings: Vec<_> =
        properties.into_iter().flatten().map(|(name, property)| Setting { name, property }).collect();
    settings.sort_by_key(Setting::position);
    let mut section = "";
    for setting in &settings {
        if setting.text("x-section") != section {
            section = setting.text("x-section");
            line(&mut page, format_args!("## {section}\n"));
        }
        let default = match setting.default() {
            none if none.is_empty() => none,
            default => format!(" Default: {default}."),
        };
        line(&mut page, format_args!("### `{}`\n", setting.name));
        line(
            &mut page,
            format_args!(
                "`{}`, `{}`: {}.{default}\n\n{}.\n",
                setting.text("x-flag"),
                setting.text("x-environment"),
                setting.form(),
                cell(setting.text("description")),
            ),
        );
        let choices = setting.property["x-choices"].as_object();
        for (choice, help) in choices.into_iter().flatten() {
            line(&mut page, format_args!("- `{choice}`: {}.", cell(help.as_str().unwrap_or_default())));
        }
        if choices.is_some() {
            page.push('\n');
        }
    }
    page.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_says_all_there_is_to_it() {
        let schema = json!({ "properties": {
            "b": { "type": "boolean", "description": "Second", "default": false, "x-flag": "--b", "x-environment": "B",
                   "x-section": "One", "x-position": 1 },
            "a": { "oneOf": [{ "type": "array", "items": { "enum": ["x", "y"] } }, { "type": "string" }], "writeOnly": true,
                   "description": "First", "default": ["x"], "x-flag": "--a", "x-environment": "A", "x-section": "One",
                   "x-choices": { "x": "Left", "y": "Right" }, "x-position": 0 },
        }});
        let page = page(&schema);
        let settings = page.strip_prefix(HEAD).unwrap();
        assert_eq!(
            settings,
            "## One\n\n### `a`\n\n`--a`, `A`: list of `x`, `y`, **secret**. Default: `x`.\n\nFirst.\n\n- `x`: Left.\n- `y`: Right.\n\n\
             ### `b`\n\n`--b`, `B`: switch. Default: `false`.\n\nSecond.\n"
        );
    }
}
