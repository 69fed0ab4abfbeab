//! Peers that stop reading, trickle, or rest, on a clock that jumps.

use bytes::Bytes;
use futures_util::stream;
use http::Response;
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::activity::Activity;
use super::*;

const TIMES: Times = Times { head: HEAD_TIMEOUT, idle: Duration::from_secs(75), write: WRITE_TIMEOUT };
const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

type Ending = JoinHandle<Result<(), Ended>>;

fn place() -> Place {
    Connections::new(10, 10).enter(None, false).unwrap()
}

/// A connection of our kind that answers without end. The receiver ends when the answer's body is dropped.
fn endless() -> (DuplexStream, Ending, mpsc::Receiver<()>) {
    let (client, server) = duplex(256);
    let (held, stream_ended) = mpsc::channel::<()>(1);
    let place = place();
    let activity = Arc::clone(place.activity());
    let served = Arc::clone(&activity);
    let service = service_fn(move |_: Request<Incoming>| {
        let serving = served.serve();
        let events = stream::unfold(held.clone(), async |held| {
            let frame = Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"data: {}\n\n")));
            Some((frame, held))
        });
        async { Ok::<_, Infallible>(Response::new(Held::new(StreamBody::new(Box::pin(events)), serving))) }
    });
    let stream = TokioIo::new(Observed::new(server, Arc::clone(&activity)));
    let connection = http1::Builder::new().serve_connection(stream, service);
    let ending = tokio::spawn(async move {
        let ended = watch(connection, &activity, &TIMES).await;
        drop(place);
        ended
    });
    (client, ending, stream_ended)
}

/// One that answers `ok` after this time, and what it is at.
fn brief(takes: Duration) -> (DuplexStream, Ending, Arc<Activity>) {
    let (client, server) = duplex(64 * 1024);
    let place = place();
    let activity = Arc::clone(place.activity());
    let served = Arc::clone(&activity);
    let service = service_fn(move |_: Request<Incoming>| {
        let serving = served.serve();
        async move {
            sleep(takes).await;
            let body = Full::new(Bytes::from_static(b"ok"));
            Ok::<_, Infallible>(Response::new(Held::new(body, serving)))
        }
    });
    let stream = TokioIo::new(Observed::new(server, Arc::clone(&activity)));
    let connection = http1::Builder::new().serve_connection(stream, service);
    let watched = Arc::clone(&activity);
    let ending = tokio::spawn(async move {
        let ended = watch(connection, &watched, &TIMES).await;
        drop(place);
        ended
    });
    (client, ending, activity)
}

async fn answer(client: &mut DuplexStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok") {
        let read = client.read_buf(&mut answer).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_stuck_is_closed_and_frees_its_stream() {
    let (mut client, connection, mut stream_ended) = endless();
    client.write_all(ASK).await.unwrap();
    let mut some = [0; 1_000];
    client.read_exact(&mut some).await.unwrap();
    let stuck = Instant::now();
    let ended = tokio::time::timeout(2 * WRITE_TIMEOUT, connection).await.expect("closed");
    let error = ended.unwrap().unwrap_err();
    assert!(matches!(error, Ended::SlowReader), "{error:?}");
    assert_eq!(stuck.elapsed().as_secs(), WRITE_TIMEOUT.as_secs());
    assert_eq!(stream_ended.recv().await, None, "the body is gone");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not() {
    let (mut client, connection, _stream_ended) = endless();
    client.write_all(ASK).await.unwrap();
    for _ in 0..20 {
        sleep(WRITE_TIMEOUT - Duration::from_secs(1)).await;
        let mut some = [0; 300];
        client.read_exact(&mut some).await.unwrap();
    }
    assert!(!connection.is_finished());
    drop(client);
    let error = connection.await.unwrap().unwrap_err();
    assert!(matches!(error, Ended::Failed(_)), "hung up: {error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_head_has_ten_seconds_however_it_trickles() {
    // From the start, and after a rest.
    for rests in [false, true] {
        let (mut client, connection, _) = brief(Duration::ZERO);
        if rests {
            client.write_all(ASK).await.unwrap();
            answer(&mut client).await;
            sleep(Duration::from_secs(60)).await;
        }
        let began = Instant::now();
        for byte in ASK {
            if client.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(900)).await;
        }
        let error = connection.await.unwrap().unwrap_err();
        assert!(matches!(error, Ended::SlowHead), "{error:?}");
        assert!(began.elapsed() < 3 * HEAD_TIMEOUT);
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty(), "closed without a word");
    }
}

#[tokio::test(start_paused = true)]
async fn between_requests_a_client_may_rest_for_longer() {
    let (mut client, connection, _) = brief(Duration::from_secs(200));
    for _ in 0..3 {
        client.write_all(ASK).await.unwrap();
        // Far longer than any of the times: it is being answered.
        answer(&mut client).await;
        sleep(Duration::from_secs(70)).await;
        assert!(!connection.is_finished());
    }
    let began = Instant::now();
    assert!(connection.await.unwrap().is_ok(), "closed in peace");
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_to_go_goes_at_once_but_for_a_request_that_came_meanwhile() {
    let (_client, connection, activity) = brief(Duration::ZERO);
    sleep(Duration::from_secs(1)).await;
    assert!(activity.go());
    assert!(matches!(connection.await.unwrap(), Err(Ended::Closed)));

    let (mut client, connection, activity) = brief(Duration::from_secs(5));
    client.write_all(ASK).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    assert!(activity.go());
    answer(&mut client).await;
    // Its answer was the last one.
    drop(connection.await.unwrap());
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_answers_and_not_for_those_who_rest() {
    let (mut client, connection, activity) = brief(Duration::from_secs(5));
    client.write_all(ASK).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    activity.leave();
    answer(&mut client).await;
    assert!(connection.await.unwrap().is_ok());

    let (mut client, connection, activity) = brief(Duration::ZERO);
    client.write_all(ASK).await.unwrap();
    answer(&mut client).await;
    let began = Instant::now();
    activity.leave();
    assert!(connection.await.unwrap().is_ok());
    assert_eq!(began.elapsed(), Duration::ZERO);
}

/// Ten thousand open streams are as many of these, whether or not the server speaks TLS itself.
#[test]
fn a_connection_takes_little_room() {
    fn size<F>(_: impl Fn(Arc<App>, TcpStream, IpAddr, Place, Times) -> F) -> usize {
        size_of::<F>()
    }
    let size = size(converse);
    assert!(size <= 512, "{size} bytes");
}
