//! That both sides write the same request: otherwise the comparison would be of two different things.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::sides::{Case, Sides};
use crate::{Failure, responder};

/// Fails when the sides differ in anything but the order of headers.
pub(crate) async fn check() -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let base = format!("http://{}", listener.local_addr()?).parse()?;
    let (sender, seen) = channel();
    // It ends with the process; nothing more is sent to it.
    std::thread::spawn(move || {
        responder::accept(&listener, move |request| {
            // The check is over when nobody listens.
            let _ = sender.send(String::from_utf8_lossy(request).into_owned());
        });
    });
    let sides = Sides::new(&base)?;
    for case in Case::ALL {
        sides.client(case).await?;
        let client = next(&seen)?;
        sides.bare(case).await?;
        let bare = next(&seen)?;
        if client != bare {
            return Err(format!("{}: the sides differ\n{client:#?}\n{bare:#?}", case.name()).into());
        }
    }
    Ok(())
}

/// The next request, its lines in order.
fn next(seen: &Receiver<String>) -> Result<Vec<String>, Failure> {
    let request = seen.recv_timeout(Duration::from_secs(5))?;
    let mut lines: Vec<_> = request.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    Ok(lines)
}
