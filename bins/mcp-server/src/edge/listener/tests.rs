//! Peers that stop reading, on a clock that jumps.

use bytes::Bytes;
use futures_util::stream;
use http::Response;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::*;

/// A connection of our kind that answers without end. The receiver ends when the answer's body is dropped.
fn endless() -> (DuplexStream, JoinHandle<hyper::Result<()>>, mpsc::Receiver<()>) {
    let (client, server) = duplex(256);
    let (held, stream_ended) = mpsc::channel::<()>(1);
    let service = service_fn(move |_: Request<Incoming>| {
        let events = stream::unfold(held.clone(), async |held| {
            let frame = Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"data: {}\n\n")));
            Some((frame, held))
        });
        async { Ok::<_, Infallible>(Response::new(StreamBody::new(Box::pin(events)))) }
    });
    let connection = http1::Builder::new().serve_connection(bounded(server, WRITE_TIMEOUT), service);
    (client, tokio::spawn(connection), stream_ended)
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_stuck_is_closed_and_frees_its_stream() {
    let (mut client, connection, mut stream_ended) = endless();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 1_000];
    client.read_exact(&mut some).await.unwrap();
    let stuck = Instant::now();
    let ended = tokio::time::timeout(2 * WRITE_TIMEOUT, connection).await.expect("closed");
    let error = ended.unwrap().unwrap_err();
    assert!(is_stuck(&error), "{error:?}");
    assert_eq!(stuck.elapsed().as_secs(), WRITE_TIMEOUT.as_secs());
    assert_eq!(stream_ended.recv().await, None, "the body is gone");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not() {
    let (mut client, connection, _stream_ended) = endless();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    for _ in 0..20 {
        sleep(WRITE_TIMEOUT - Duration::from_secs(1)).await;
        let mut some = [0; 300];
        client.read_exact(&mut some).await.unwrap();
    }
    assert!(!connection.is_finished());
    drop(client);
    let error = connection.await.unwrap().unwrap_err();
    assert!(!is_stuck(&error), "hung up: {error:?}");
}
