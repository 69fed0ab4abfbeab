//! What holds of every request of the examination: it was answered, in time, and by the server that was asked.

use url::Url;

use super::Doctor;
use super::challenges::greeting;
use super::check::{Check, Fault, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::probe::{Ask, Silence};

const TITLE: &str = "Transport";
const CHECKS: &[&Check] = &[&ANSWERED, &IN_TIME, &SLASH, &UNMOVED];

const SOON: &str = "an answer within 10 s";

const ANSWERED: Check = Check {
    id: "T1",
    expected: "every request gets an answer",
    why: "a client that gets none shows a failed connection, and nothing else",
    concerns: "every client",
};
const IN_TIME: Check = Check {
    id: "T2",
    expected: "every answer is there within 10 seconds",
    why: "Claude waits no longer for discovery, registration and tokens",
    concerns: "Claude",
};
const SLASH: Check = Check {
    id: "L5",
    expected: "the endpoint answers with and without a slash at its end, and redirects from neither",
    why: "users type either; after a redirect clients send no token",
    concerns: "Claude, every client",
};
const UNMOVED: Check = Check {
    id: "L5-redirects",
    expected: "no endpoint for programs redirects",
    why: "clients do not follow with a POST or with a token, nor to other hosts",
    concerns: "Claude, TypeScript SDK",
};

/// Looks back at everything that was asked. Comes last, or first when nothing answers.
pub async fn examine(doctor: &Doctor, first: Option<&Exchange>) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let Some(first) = first else {
        let silences = doctor.prober.silences();
        let slow = silences.iter().any(|silence| silence.slow);
        let (check, wanted) = if slow { (&IN_TIME, SOON) } else { (&ANSWERED, "an answer") };
        group.record(check, silent(&silences, slow, wanted));
        return group.close("nothing was answered");
    };
    let slash = slash(doctor, first).await;
    let silences = doctor.prober.silences();
    group.record(&ANSWERED, silent(&silences, false, "an answer"));
    group.record(&IN_TIME, silent(&silences, true, SOON));
    group.record(&SLASH, slash);
    group.record(&UNMOVED, unmoved(doctor));
    group.close("")
}

fn silent(silences: &[Silence], slow: bool, wanted: &str) -> Verdict {
    match silences.iter().find(|silence| silence.slow == slow) {
        Some(Silence { request, reason, .. }) => Err(Stop::Fault(Box::new(Fault {
            request: request.clone(),
            line: reason.clone(),
            wanted: wanted.to_owned(),
        }))),
        None => Ok(()),
    }
}

async fn slash(doctor: &Doctor, first: &Exchange) -> Verdict {
    let path = doctor.target.path();
    if path.is_empty() {
        return Err(Stop::Skip("the endpoint has no path".to_owned()));
    }
    let is_there = |answer: &Exchange| {
        if answer.status.is_redirection() || matches!(answer.status.as_u16(), 404 | 405) {
            return Err(answer.bad_status("the same answer as without the slash, and no redirect"));
        }
        Ok(())
    };
    is_there(first)?;
    for path in [path.to_owned(), format!("{path}/")] {
        let url: Url = doctor.target.at(&path);
        let other = doctor.prober.ask(Ask::json(&url, &super::challenges::message("initialize"))).await?;
        is_there(&other)?;
    }
    Ok(())
}

fn unmoved(doctor: &Doctor) -> Verdict {
    match doctor.prober.redirects().into_iter().next() {
        Some((request, location)) => Err(Stop::Fault(Box::new(Fault {
            request,
            line: format!("location: {location}"),
            wanted: "an answer, and no redirect".to_owned(),
        }))),
        None => Ok(()),
    }
}

/// Whether the server answers at all.
pub async fn knock(doctor: &Doctor) -> Result<Exchange, Stop> {
    doctor.prober.ask(greeting(doctor)).await
}
