//! The operator's socket: closed to others, bounded, gone with its server, and in nobody's way.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use serde_json::Value;

use super::operate;
use crate::support::TestServer;

/// One exchange: what the server answers to these bytes, and to the end of them where `ends`.
fn exchange(folder: &Path, bytes: &[u8], ends: bool) -> String {
    let mut stream = UnixStream::connect(folder.join("control.sock")).unwrap();
    stream.write_all(bytes).unwrap();
    if ends {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn closed_to_others_and_gone_with_its_server() {
    let data = tempfile::tempdir().unwrap();
    let socket = data.path().join("control.sock");
    let mut server = TestServer::start_in(data.path());
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(server.stop(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn what_a_crash_left_is_in_nobodys_way() {
    let data = tempfile::tempdir().unwrap();
    let socket = data.path().join("control.sock");
    let mut crashed = TestServer::start_in(data.path());
    crashed.kill();
    assert!(socket.exists());
    // Without a server the store is opened, and the socket is not waited on.
    operate(data.path(), None, &["grants", "list"]).is(0, "No app is connected.");
    let mut next = TestServer::start_in(data.path());
    operate(data.path(), None, &["grants", "list"]).is(0, "No app is connected.");
    assert_eq!(next.stop(), Some(0));

    // Somebody's file is not ours to take away; the server serves without the socket.
    std::fs::write(&socket, "a note").unwrap();
    let mut server = TestServer::start_in(data.path());
    assert!(server.log().contains("the operator's commands cannot reach this server"), "{}", server.log());
    operate(data.path(), None, &["grants", "list"]).is(4, "another process is using the store file");
    assert_eq!(server.stop(), Some(0));
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "a note");
}

#[test]
fn requests_are_bounded_and_understood_or_refused() {
    let data = tempfile::tempdir().unwrap();
    let server = TestServer::start_in(data.path());
    let reason = |bytes: &[u8], ends| {
        let answer: Value = serde_json::from_str(&exchange(data.path(), bytes, ends)).unwrap();
        assert_eq!(answer["reply"], "failed", "{answer}");
        answer["reason"].as_str().unwrap().to_owned()
    };
    let of_this_release = "the request is not one of this release: use the release that the server runs";
    for text in
        ["\n", "{}\n", "{\"op\":\"fly\"}\n", "{\"op\":\"about\"} x\n", "GET / HTTP/1.1\r\n", "\u{0}\n"]
    {
        assert_eq!(reason(text.as_bytes(), false), of_this_release, "{text:?}");
    }
    let unknown_field = b"{\"op\":\"connections\",\"credential\":null,\"host\":\"claude.ai\"}\n";
    assert_eq!(reason(unknown_field, false), of_this_release, "a newer request is not half done");
    let no_line = "the request is no line of at most 16 KiB";
    assert_eq!(reason(b"", true), no_line);
    assert_eq!(reason(b"{\"op\":\"about\"}", true), no_line);
    assert_eq!(reason(&[b' '; 16 * 1024], false), no_line);
    let bad = b"{\"op\":\"revoke_credential\",\"credential\":\"+00000000000000000000000000000ff\"}\n";
    assert_eq!(reason(bad, false), "a credential's fingerprint is 32 hexadecimal digits");

    // Those who say nothing hold up nobody.
    let silent: Vec<_> =
        (0..4).map(|_| UnixStream::connect(data.path().join("control.sock")).unwrap()).collect();
    assert_eq!(
        exchange(data.path(), b"{\"op\":\"about\"}\n", false),
        "{\"reply\":\"about\",\"shared\":false}\n"
    );
    drop(silent);
    drop(server);
}

/// What answers may be anything: it is not believed.
#[test]
fn a_server_that_answers_nonsense_is_a_failure() {
    let data = tempfile::tempdir().unwrap();
    operate(data.path(), None, &["keys", "generate"]).is(0, "Made");
    let listener = UnixListener::bind(data.path().join("control.sock")).unwrap();
    let answers = ["", "nonsense\n", "{\"reply\":\"about\",\"shared\":true}\n"];
    let server = std::thread::spawn(move || {
        for answer in answers {
            // The command looks first whether anybody is there.
            drop(listener.accept().unwrap());
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            assert_ne!(stream.read(&mut asked).unwrap(), 0);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    for expected in ["does not answer", "does not answer", "of another release"] {
        operate(data.path(), None, &["grants", "list"]).is(1, expected);
    }
    server.join().unwrap();
}
