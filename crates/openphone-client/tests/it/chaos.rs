//! Ten thousand texts through an API that fails in every way, at random but the same in every run. What is said of
//! each text must be true, and none may go out twice, however often a caller repeats what may be repeated.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use openphone_client::messages::{ListMessages, SendMessage};
use openphone_client::phone_numbers::ListPhoneNumbers;
use openphone_client::{
    ApiKey, BreakerSettings, Budget, E164, ErrorKind, OpenPhone, PhoneNumberId, Workspace,
};
use openphone_sandbox::{Fault, On, Operation, RunningSandbox, Sandbox, SandboxOptions};
use sealing::SecretString;

use crate::server::{Unlimited, quick};

const TEXTS: usize = 10_000;
const WORKSPACES: usize = 20;
const RECIPIENTS: usize = 40;
const AT_ONCE: usize = 64;
/// How often a caller repeats a text that it was told may be repeated.
const PERSISTENCE: usize = 12;

/// One step of SplitMix64 (Steele, Lea, Flood 2014): randomness that is the same in every run.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// What goes wrong with a text; three in four have their luck.
fn mishap(text: usize) -> Option<Fault> {
    Some(match mix(text as u64) % 80 {
        0 => Fault::too_many_requests(None),
        1 => Fault::too_many_requests(Some(0)),
        2 => Fault::server_error(),
        3 => Fault::server_error().after_processing(),
        4 => Fault::bad_gateway(),
        5 => Fault::bad_gateway().after_processing(),
        6 => Fault::unavailable(Some(1)),
        7 => Fault::unavailable(None).after_processing(),
        8 => Fault::close(),
        9 => Fault::close().after_processing(),
        10 => Fault::close_unread(),
        11 => Fault::reset(),
        12 => Fault::reset().after_processing(),
        13 => Fault::truncate(),
        14 => Fault::malformed_json(),
        15 => Fault::hang(),
        16 => Fault::hang().after_processing(),
        17 => Fault::delay(Duration::from_millis(30)),
        18 => Fault::answer(408, "text/html", "<h1>Request Timeout</h1>").after_processing(),
        19 => Fault::answer(302, "text/html", "elsewhere").after_processing(),
        20 => Fault::answer(200, "text/html", "<h1>A captive portal</h1>"),
        21 => Fault::daily_cap_reached(),
        _ => return None,
    })
}

/// What a caller knows of its text in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Sent,
    Failed,
    Unknown,
}

struct Chaos {
    sandbox: RunningSandbox,
    client: OpenPhone,
    keys: Vec<String>,
    inboxes: Vec<PhoneNumberId>,
}

impl Chaos {
    async fn start() -> Self {
        let options = SandboxOptions::default().requests_per_second(1_000_000);
        let sandbox = Sandbox::new(options).listen_on_loopback().await.expect("a free port");
        let url = sandbox.base_url().parse().expect("a URL");
        let client = quick(&url)
            .rate_limiter(Arc::new(Unlimited))
            // A hanging answer is given up soon; a breaker that opens is in the way often, and not for long.
            .timeout(Duration::from_millis(800))
            .breaker(BreakerSettings::default().open_for(Duration::from_millis(40)));
        let client = client.build().expect("a loopback URL");
        let keys: Vec<_> = (0..WORKSPACES).map(|n| format!("sandbox-key-workspace-{n}")).collect();
        let mut inboxes = Vec::new();
        for key in &keys {
            let page = workspace(&client, key).phone_numbers().list(&ListPhoneNumbers::new()).await;
            inboxes.push(page.expect("inboxes").data.remove(0).id);
        }
        Self { sandbox, client, keys, inboxes }
    }

    /// Whose text it is, to whom, and what it says: no two say the same.
    fn text(&self, index: usize) -> (Workspace, SendMessage) {
        let (whose, to) = (index % WORKSPACES, 121 + index / WORKSPACES % RECIPIENTS);
        let to = E164::parse(&format!("+1415555{to:04}")).expect("a number");
        let text = SendMessage::new(self.inboxes[whose].clone(), to, format!("Chaos {index}."));
        (workspace(&self.client, &self.keys[whose]), text)
    }

    /// A caller that repeats what may be repeated, and nothing else.
    async fn send(&self, index: usize) -> Told {
        let (workspace, text) = self.text(index);
        if let Some(fault) = mishap(index) {
            // It hits this text, or another of the same workspace that comes first.
            self.sandbox.faults().next(1, On::sends().with_key(&self.keys[index % WORKSPACES]), fault);
        }
        for _ in 0..PERSISTENCE {
            match workspace.messages().send(&text).await {
                Ok(_) => return Told::Sent,
                Err(error) if error.kind() == ErrorKind::OutcomeUnknown => return Told::Unknown,
                Err(error) if error.is_retryable() => {
                    tokio::time::sleep(
                        error.retry_after().unwrap_or_default().min(Duration::from_millis(50)),
                    )
                    .await;
                }
                Err(_) => return Told::Failed,
            }
        }
        Told::Failed
    }

    /// Which of the texts to one recipient are in the list of messages, as a caller looks them up.
    async fn found(&self, one_of_them: usize) -> HashSet<String> {
        let (workspace, text) = self.text(one_of_them);
        let pages = workspace.messages().pages(ListMessages::new().to(text.to), Budget::pages(20));
        let pages: Vec<_> = pages.try_collect().await.expect("a healthy API");
        pages.into_iter().flat_map(|page| page.data).map(|message| message.text.into_inner()).collect()
    }
}

fn workspace(client: &OpenPhone, key: &str) -> Workspace {
    client.with_key(ApiKey::new(&SecretString::new(key.to_owned())).expect("a key"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_texts_and_none_twice() {
    let chaos = Chaos::start().await;
    let each = stream::iter(0..TEXTS).map(async |index| (index, chaos.send(index).await));
    let mut told: Vec<(usize, Told)> = each.buffer_unordered(AT_ONCE).collect().await;
    told.sort_unstable_by_key(|(index, _)| *index);
    let told: Vec<Told> = told.into_iter().map(|(_, told)| told).collect();
    let posts = chaos.sandbox.requests(Operation::SendMessageV1);
    chaos.sandbox.faults().clear();

    // The truth, from the API's own journal.
    let mut sent: HashMap<String, usize> = HashMap::new();
    for key in &chaos.keys {
        for message in chaos.sandbox.sent(key) {
            *sent.entry(message.content).or_default() += 1;
        }
    }
    let times = |index| sent.get(&format!("Chaos {index}.")).copied().unwrap_or_default();
    let twice: Vec<_> = (0..TEXTS).filter(|index| times(*index) > 1).collect();
    assert!(twice.is_empty(), "went out more than once: {twice:?}");
    assert_eq!(sent.len(), (0..TEXTS).map(times).sum::<usize>(), "nothing else was sent");

    // Every text to the same recipient of the same workspace is in one list.
    let list = |index| index % (WORKSPACES * RECIPIENTS);
    let mut found: HashMap<usize, HashSet<String>> = HashMap::new();
    let mut unknown = [0, 0];
    for (index, told) in told.iter().enumerate() {
        let truth = times(index) == 1;
        match told {
            Told::Sent => assert!(truth, "{index}: said to be sent"),
            Told::Failed => assert!(!truth, "{index}: said not to be sent"),
            Told::Unknown => {
                let texts = match found.entry(list(index)) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => unknown.insert(chaos.found(index).await),
                };
                let is_found = texts.contains(&format!("Chaos {index}."));
                assert_eq!(is_found, truth, "{index}: looking it up finds the truth");
                unknown[usize::from(truth)] += 1;
            }
        }
    }
    let of = |wanted| told.iter().filter(|told| **told == wanted).count();
    println!(
        "{TEXTS} texts: {} sent, {} failed, {} unknown (of which {} had gone out); {posts} requests, {} accepted",
        of(Told::Sent),
        of(Told::Failed),
        of(Told::Unknown),
        unknown[1],
        sent.len(),
    );
    // Every outcome was really met, and the unknown ones both ways.
    assert!(of(Told::Sent) > TEXTS / 2 && of(Told::Failed) > 0);
    assert!(unknown.iter().all(|count| *count > TEXTS / 100), "{unknown:?}");
}
