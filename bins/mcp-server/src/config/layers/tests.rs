//! The layers over each other, as they are typed and set.

use std::fmt::Write as _;
use std::path::Path;

use sealing::SecretString;

use super::*;
use crate::args::{Command, ServeArgs};

fn line(text: &str) -> Vec<OsString> {
    std::iter::once("mcp-server").chain(text.split_whitespace()).map(OsString::from).collect()
}

fn layered(text: &str, variables: &[(&str, &str)]) -> Result<Layered, String> {
    parse(line(text), &variables.iter().copied().collect()).map_err(|refused| match refused {
        Refused::Usage(error) => format!("usage: {}", error.kind()),
        Refused::Setting(failure) => {
            assert_eq!(failure.code(), 2);
            failure.to_string()
        }
    })
}

fn serve(layered: &Layered) -> &ServeArgs {
    let Command::Serve(args) = &layered.cli.command else { unreachable!("`serve` was typed") };
    args
}

fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("config.toml");
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn each_layer_goes_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(
        folder.path(),
        "texts-per-day = 3\ntexts-per-hour = 3\nrecipient-gap = 3\ntoolsets = [\"calls\"]\nread-only = true\n",
    );
    let variables = [
        ("OPENPHONE_MCP_CONFIG", config.as_str()),
        ("OPENPHONE_MCP_TEXTS_PER_DAY", "2"),
        ("OPENPHONE_MCP_TEXTS_PER_HOUR", "2"),
        ("OPENPHONE_MCP_INBOXES", "PN1,PN2"),
        ("OPENPHONE_MCP_NO_TEXTING", "1"),
        ("OPENPHONE_MCP_LISTEN", ""),
    ];
    let all = layered("serve --texts-per-day 1", &variables).unwrap();
    let policy = &serve(&all).policy;
    assert_eq!(
        (policy.texts_per_day, policy.texts_per_hour, policy.recipient_gap, policy.texts_per_recipient),
        (1, 2, 3, 10)
    );
    assert!(policy.read_only && policy.no_texting && policy.inboxes.len() == 2);
    let mut shown = String::new();
    for (name, origin) in &all.origins {
        writeln!(shown, "{name}: {}", origin.to_string().replace(&config, "FILE")).unwrap();
    }
    insta::assert_snapshot!(shown, @"
    inboxes: OPENPHONE_MCP_INBOXES
    no-texting: OPENPHONE_MCP_NO_TEXTING
    read-only: FILE, line 5
    recipient-gap: FILE, line 3
    texts-per-day: command line
    texts-per-hour: OPENPHONE_MCP_TEXTS_PER_HOUR
    toolsets: FILE, line 4
    ");
}

#[test]
fn a_switch_can_be_turned_off_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(folder.path(), "read-only = true\n");
    let on = [("OPENPHONE_MCP_CONFIG", config.as_str())];
    let off = [("OPENPHONE_MCP_CONFIG", config.as_str()), ("OPENPHONE_MCP_READ_ONLY", "false")];
    for (typed, variables, expected) in [
        ("serve", &on[..], true),
        ("serve --read-only=false", &on, false),
        ("serve", &off, false),
        ("serve --read-only", &off, true),
        ("serve --read-only=true", &off, true),
    ] {
        assert_eq!(serve(&layered(typed, variables).unwrap()).policy.read_only, expected, "{typed}");
    }
    assert_eq!(
        layered("serve --read-only=maybe", &[]).unwrap_err(),
        "usage: unexpected value for an argument found"
    );
}

#[test]
fn a_secret_and_its_file_are_one_setting() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(folder.path(), "store-file = \"/from/the/file\"\n");
    std::fs::write(folder.path().join("store"), "redis://credential").unwrap();
    let credentials = folder.path().to_str().unwrap();
    let of = |typed: &str, variables: &[(&str, &str)]| {
        let all = layered(typed, variables)?;
        let store = &serve(&all).store;
        let given = store.store.as_ref().map(SecretString::expose);
        Ok::<_, String>(format!("{given:?} {:?}", store.store_file).replace(credentials, "FOLDER"))
    };
    let config = ("OPENPHONE_MCP_CONFIG", config.as_str());
    let credential = ("CREDENTIALS_DIRECTORY", credentials);
    let variable = ("OPENPHONE_MCP_STORE", "redis://variable");
    let variable_file = ("OPENPHONE_MCP_STORE_FILE", "/from/a/variable");
    for (typed, variables, expected) in [
        ("serve", &[config][..], r#"None Some("/from/the/file")"#),
        ("serve", &[config, credential], r#"None Some("FOLDER/store")"#),
        ("serve", &[config, credential, variable], r#"Some("redis://variable") None"#),
        ("serve", &[config, credential, variable_file], r#"None Some("/from/a/variable")"#),
        (
            "serve --store redis://typed",
            &[config, credential, variable_file],
            r#"Some("redis://typed") None"#,
        ),
        ("serve --store-file /typed", &[config, credential, variable], r#"None Some("/typed")"#),
    ] {
        assert_eq!(of(typed, variables).unwrap(), expected, "{typed} {variables:?}");
    }
    let both = of("serve", &[variable, variable_file]).unwrap_err();
    assert_eq!(
        both,
        "OPENPHONE_MCP_STORE: the same is set by OPENPHONE_MCP_STORE_FILE: leave one of them out"
    );
}

#[test]
fn what_cannot_work_is_refused_in_the_name_of_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = |text: &str| file(folder.path(), text);
    let mut shown = String::new();
    for (config, variables) in [
        ("", &[("OPENPHONE_MCP_TEXT_PER_DAY", "1")][..]),
        ("", &[("OPENPHONE_MCP_QQQQ", "1")]),
        ("", &[("OPENPHONE_MCP_LISTEN", "nowhere")]),
        ("", &[("OPENPHONE_MCP_READ_ONLY", "yes")]),
        ("", &[("OPENPHONE_MCP_PROFILE", "prod")]),
        ("", &[("OPENPHONE_MCP_TOOLSETS", "cals")]),
        ("texts-per-day = -1", &[]),
        ("confirm-texts = \"never\"", &[]),
        ("sandbx = true", &[]),
        ("toolsets = [\"nothing\"]", &[]),
    ] {
        let config = path(config);
        let variables: Vec<_> =
            variables.iter().copied().chain([("OPENPHONE_MCP_CONFIG", config.as_str())]).collect();
        let refusal = layered("serve", &variables).unwrap_err();
        writeln!(shown, "{}", refusal.replace(&config, "FILE")).unwrap();
    }
    insta::assert_snapshot!(shown);
    assert!(layered("serve --config /nowhere.toml", &[]).unwrap_err().contains("cannot be read"));
}

#[test]
fn what_kubernetes_makes_of_a_services_name_is_no_setting() {
    let variables = [
        ("OPENPHONE_MCP_SERVICE_HOST", "10.0.0.1"),
        ("OPENPHONE_MCP_SERVICE_PORT_HTTP", "80"),
        ("OPENPHONE_MCP_PORT", "tcp://10.0.0.1:80"),
        ("OPENPHONE_MCP_PORT_80_TCP_ADDR", "10.0.0.1"),
    ];
    assert!(layered("serve", &variables).is_ok());
}

#[test]
fn other_commands_take_what_they_have() {
    let variables = [
        ("OPENPHONE_MCP_DATA_DIR", "/var/lib/x"),
        ("OPENPHONE_MCP_LISTEN", "127.0.0.1:1"),
        ("OPENPHONE_MCP_STORE", "redis://h"),
    ];
    let retire = layered("keys retire --force -- k1", &variables).unwrap();
    let Command::Keys(keys) = &retire.cli.command else { unreachable!() };
    let crate::args::KeysCommand::Retire { kid, deployment, force } = &keys.command else { unreachable!() };
    assert_eq!((kid.as_str(), *force, deployment.data_dir.as_path()), ("k1", true, Path::new("/var/lib/x")));
    assert!(deployment.store.store.is_some());
    // The simulated API is no deployment.
    let sandbox =
        layered("sandbox", &[("OPENPHONE_MCP_LISTEN", "127.0.0.1:1"), ("OPENPHONE_MCP_OOPS", "1")]).unwrap();
    let Command::Sandbox(args) = &sandbox.cli.command else { unreachable!() };
    assert_eq!(args.listen.port(), 8788);
}

#[test]
fn a_failure_that_comes_later_names_the_place_too() {
    let variables = [("OPENPHONE_MCP_PUBLIC_URL", "http://mcp.example.com")];
    let all = layered("serve", &variables).unwrap();
    let failure = crate::config::Settings::resolve(serve(&all)).unwrap_err();
    let failure = with_origin(failure, &all.origins).to_string();
    assert!(failure.starts_with("--public-url (OPENPHONE_MCP_PUBLIC_URL): 'http://mcp"), "{failure}");
}
