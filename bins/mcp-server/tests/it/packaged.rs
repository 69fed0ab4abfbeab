//! What packages and images use of the binary: `health`, which tells an engine how the server is, `completions`, and the libraries
//! that it needs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::support::TestServer;
use crate::support::server::run;
use crate::support::tools::skipped;

#[tokio::test]
async fn a_server_that_serves_is_well_and_one_that_is_gone_is_not() {
    // Clients know it by another name than whoever asks on its own machine.
    let mut server = TestServer::start_with(&["--public-url", "https://mcp.example.com"]);
    let health = format!("{}/healthz", server.url);
    assert_eq!(run(&["health", &health]), (Some(0), String::new(), String::new()));
    let (code, _, said) = run(&["health", &format!("{}/nothing", server.url)]);
    assert_eq!((code, said.contains("it answered 404")), (Some(1), true), "{said}");
    assert_eq!(server.stop(), Some(0));
    let (code, _, said) = run(&["health", &health]);
    assert_eq!((code, said.contains("is not well: ")), (Some(1), true), "{said}");
}

#[test]
fn only_the_answer_200_is_well() {
    for (answer, said) in [
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", "it answered 503"),
        ("HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n", "it answered 302"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "no answer in HTTP"),
        ("", "no answer in HTTP"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/readyz?verbose", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(head).unwrap()
        });
        let (code, out, err) = run(&["health", &url]);
        assert_eq!((code, out.as_str(), err.contains(said)), (Some(1), "", true), "{answer:?}: {err}");
        let head = server.join().unwrap();
        assert!(head.starts_with("GET /readyz?verbose HTTP/1.1\r\nhost: 127.0.0.1:"), "{head}");
    }
    let (code, _, said) = run(&["health", "https://mcp.example.com/healthz"]);
    assert_eq!((code, said.contains("--admin-listen")), (Some(2), true), "{said}");
}

/// The settings that come with the units and the manifests are ones that a server takes, in the production profile.
#[test]
fn the_settings_of_every_deployment_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (data, keys) = (data.to_str().unwrap(), data.join("keys"));
    assert_eq!(run(&["keys", "generate", "--data-dir", data]).0, Some(0));
    for file in ["systemd/config.toml", "kubernetes/base/config.toml"] {
        let config = format!("{}/../../deploy/{file}", env!("CARGO_MANIFEST_DIR"));
        let given = ["--config", &config, "--data-dir", data, "--keys-file", keys.to_str().unwrap()];
        let (code, _, said) = run(&[&["config", "check"], &given[..]].concat());
        assert_eq!(code, Some(0), "{file}: {said}");
        let (_, settings, _) = run(&[&["config", "print"], &given[..]].concat());
        assert!(settings.contains("profile = \"production\""), "{file}: {settings}");
    }
}

/// The Dockerfile's last stage without an engine: the files that it would hold, and nothing else, as the user that it names.
#[test]
fn the_files_of_the_image_are_enough_to_serve() {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        skipped("only root may change into a folder as if it were the system");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("image");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/container/image-root.sh");
    let laid_out = Command::new("sh").arg(script).arg(env!("CARGO_BIN_EXE_mcp-server")).arg(&root).status();
    assert!(laid_out.unwrap().success());
    let inside = |arguments: &[&str]| {
        let mut command = Command::new("chroot");
        command.arg("--userspec=65532:65532").arg(&root).arg("/mcp-server").args(arguments);
        command
    };
    let made = inside(&["keys", "generate", "--data-dir", "/data"]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let serve = ["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", "/data", "--log", "info"];
    let mut server = inside(&serve).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
    let address =
        lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok()).find_map(|line| {
            (line["message"] == "listening").then(|| line["address"].as_str().map(str::to_owned))?
        });
    let health = format!("http://{}/healthz", address.expect("it listens"));
    let well = inside(&["health", &health]).output().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(well.status.success(), "{well:?}");
}

#[test]
fn every_shell_reads_its_completions_and_bash_completes() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, said) = run(&["completions", shell]);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{shell}");
        let file = folder.path().join(shell);
        std::fs::write(&file, script).unwrap();
        // Every system that builds this has bash; the others read theirs where they are installed.
        match Command::new(shell).arg("-n").arg(&file).output() {
            Ok(read) => assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr)),
            Err(error) => assert!(shell != "bash", "{error}"),
        }
    }
    // As the shell does when somebody presses the tab key.
    let tab = r#"source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        [[ $(complete -p "$1") =~ -F\ ([^ ]+) ]]
        "${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo "${COMPREPLY[*]}""#;
    for (typed, expected) in [
        (&["mcp-server", "hea"][..], "health"),
        (&["mcp-server", "serve", "--public"], "--public-url"),
        (&["mcp-server", "keys", "rot"], "rotate"),
        (&["mcp-server", "completions", "f"], "fish"),
    ] {
        let mut bash = Command::new("bash");
        let completed = bash.args(["-c", tab, "bash"]).arg(folder.path().join("bash")).args(typed).output();
        let completed = completed.unwrap();
        assert_eq!(String::from_utf8_lossy(&completed.stdout).trim(), expected, "{completed:?}");
    }
}
