//! Every list of the large workspace under every filter, against a filter over the whole list, in small sizes.
//! The past is computed from the filter; here it is read whole first, which the full size is too large for.

use std::collections::{BTreeMap, BTreeSet};

use openphone_sandbox::{Sandbox, WorkspaceSize};
use serde_json::Value;

use super::text;
use crate::support::{LARGE, all, json, options, paged};

/// Inboxes, contacts, messages: some of each; one of each; busy inboxes; quiet ones.
pub(super) const SIZES: &[(u32, u32, u32)] = &[(7, 300, 3_000), (1, 1, 60), (13, 60, 1_201), (6, 400, 700)];

pub(super) fn large(size: (u32, u32, u32)) -> Sandbox {
    let size = WorkspaceSize::new(size.0, size.1, size.2).unwrap();
    Sandbox::new(options().large_workspace(size))
}

/// The same numbers in every run.
pub(super) struct Draws(pub(super) u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// One in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| text(item, "id")).collect()
}

fn encoded(number: &str) -> String {
    number.replace('+', "%2B")
}

type Passes = Box<dyn Fn(&Value) -> bool>;

/// A query, and what it asks for.
#[derive(Default)]
struct Filter {
    query: Vec<String>,
    passes: Vec<Passes>,
}

impl Filter {
    fn add(&mut self, query: String, passes: impl Fn(&Value) -> bool + 'static) {
        self.query.push(query);
        self.passes.push(Box::new(passes));
    }

    fn equal(&mut self, name: &str, key: &'static str, item: &Value) {
        let wanted = item[key].clone();
        let value = encoded(wanted.as_str().unwrap_or("none"));
        self.add(format!("{name}={value}"), move |item| item[key] == wanted);
    }

    /// `bounds` are the names of the lower and the upper one; `strict` says whether they exclude.
    fn range(
        &mut self,
        bounds: [&str; 2],
        key: &'static str,
        strict: bool,
        draws: &mut Draws,
        all: &[Value],
    ) {
        let mut times: Vec<_> = all.iter().map(|item| text(item, key).to_owned()).collect();
        times.sort();
        let (from, until) = if draws.once_in(4) {
            // A short while, in which few things are.
            let from = draws.below(times.len());
            (Some(from), Some((from + 4).min(times.len() - 1)))
        } else {
            let mut bound = || draws.once_in(3).then(|| draws.below(times.len()));
            (bound(), bound())
        };
        if let Some(from) = from {
            let bound = times[from].clone();
            self.add(format!("{}={bound}", bounds[0]), move |item| {
                text(item, key) > bound.as_str() || !strict && text(item, key) == bound
            });
        }
        if let Some(until) = until {
            let bound = times[until].clone();
            self.add(format!("{}={bound}", bounds[1]), move |item| {
                text(item, key) < bound.as_str() || !strict && text(item, key) == bound
            });
        }
    }

    async fn check(&self, sandbox: &Sandbox, path: &str, draws: &mut Draws, all: &[Value]) {
        let path = format!("{path}?{}", self.query.join("&"));
        let expected: Vec<_> =
            all.iter().filter(|item| self.passes.iter().all(|passes| passes(item))).cloned().collect();
        // In not too many pages.
        let size = (1 + draws.below(20)).max(expected.len() / 20).min(50);
        let found = paged(sandbox, LARGE, &path, size).await;
        assert_eq!(ids(&found), ids(&expected), "{path} in pages of {size}");
        assert_eq!(found, expected, "{path}");
    }
}

async fn check_messages(sandbox: &Sandbox, draws: &mut Draws) {
    let all = all(sandbox, LARGE, "/messages").await;
    for _ in 0..24 {
        let mut filter = Filter::default();
        let like = draws.of(&all).clone();
        if draws.once_in(4) {
            filter.equal("from", "from", &like);
        }
        if draws.once_in(4) {
            let wanted = draws.of(&texts(&like["to"])).to_string();
            filter
                .add(format!("to={}", encoded(&wanted)), move |item| texts(&item["to"]).contains(&&*wanted));
        }
        if draws.once_in(8) {
            let wanted: BTreeSet<_> = texts(&like["to"]).into_iter().map(str::to_owned).collect();
            let list: Vec<_> = wanted.iter().rev().map(|number| encoded(number)).collect();
            filter.add(format!("to[all]={}", list.join(",")), move |item| {
                texts(&item["to"]).into_iter().map(str::to_owned).collect::<BTreeSet<_>>() == wanted
            });
        }
        if draws.once_in(3) {
            let like = draws.of(&all);
            filter.equal("phoneNumberId", "phoneNumberId", like);
        }
        if draws.once_in(4) && like["userId"].is_string() {
            filter.equal("userId", "userId", &like);
        }
        if draws.once_in(4) {
            filter.equal("direction", "direction", draws.of(&all));
        }
        if draws.once_in(4) {
            let wanted = *draws.of(&["queued", "sent", "delivered", "undelivered", "received", "failed"]);
            filter.add(format!("status={wanted}"), move |item| item["status"] == wanted);
        }
        filter.range(["createdAt[gt]", "createdAt[lt]"], "createdAt", true, draws, &all);
        filter.check(sandbox, "/messages", draws, &all).await;
    }
}

async fn check_threads(sandbox: &Sandbox, draws: &mut Draws) {
    let messages = all(sandbox, LARGE, "/messages").await;
    let calls = all(sandbox, LARGE, "/calls").await;
    let conversations = all(sandbox, LARGE, "/conversations").await;
    for _ in 0..12 {
        let thread = draws.of(&conversations).clone();
        let numbers: Vec<_> = texts(&thread["participants"]).into_iter().map(str::to_owned).collect();
        let query: Vec<_> =
            numbers.iter().map(|number| format!("participants={}", encoded(number))).collect();
        let mut filter = Filter::default();
        let id = thread["id"].clone();
        filter.add(query.join("&"), move |item| item["conversationId"] == id);
        filter.equal("phoneNumberId", "phoneNumberId", &thread);
        filter.range(["createdAfter", "createdBefore"], "createdAt", true, draws, &messages);
        let like = draws.of(&messages);
        if draws.once_in(4) && like["userId"].is_string() {
            filter.equal("userId", "userId", like);
        }
        // v1 knows no `failed`.
        let shown: Vec<_> = messages
            .iter()
            .map(|message| {
                let mut message = message.clone();
                if message["status"] == "failed" {
                    message["status"] = "undelivered".into();
                }
                message
            })
            .collect();
        filter.check(sandbox, "/v1/messages", draws, &shown).await;
        if let [number] = numbers.as_slice() {
            let path = format!(
                "/v1/calls?phoneNumberId={}&participants={}",
                text(&thread, "phoneNumberId"),
                encoded(number)
            );
            let found = paged(sandbox, LARGE, &path, 1 + draws.below(3)).await;
            let with = |call: &&Value| {
                let parties = call["participants"].as_array().unwrap();
                call["phoneNumberId"] == thread["phoneNumberId"]
                    && parties.len() == 2
                    && parties.iter().any(|party| party["phoneNumber"] == number.as_str())
            };
            let expected: Vec<_> = calls.iter().filter(with).cloned().collect();
            assert_eq!(ids(&found), ids(&expected), "{path}");
        }
    }
}

async fn check_calls(sandbox: &Sandbox, draws: &mut Draws) {
    let all = all(sandbox, LARGE, "/calls").await;
    for _ in 0..24 {
        let mut filter = Filter::default();
        if draws.once_in(3) {
            filter.equal("phoneNumberId", "phoneNumberId", draws.of(&all));
        }
        if draws.once_in(3) {
            filter.equal("actorId", "actorId", draws.of(&all));
        }
        if draws.once_in(2) {
            let mut wanted = BTreeSet::new();
            for _ in 0..1 + draws.below(3) {
                let parties = draws.of(&all)["participants"].as_array().unwrap();
                wanted.insert(text(draws.of(parties), "phoneNumber").to_owned());
            }
            let list: Vec<_> = wanted.iter().map(|number| encoded(number)).collect();
            filter.add(format!("participant[in]={}", list.join(",")), move |item| {
                let parties = item["participants"].as_array().unwrap();
                parties.iter().any(|party| wanted.contains(text(party, "phoneNumber")))
            });
        }
        if draws.once_in(4) {
            filter.equal("direction", "direction", draws.of(&all));
        }
        if draws.once_in(3) {
            let wanted: BTreeSet<_> = (0..3).map(|_| text(draws.of(&all), "status").to_owned()).collect();
            let list: Vec<_> = wanted.iter().cloned().collect();
            filter.add(format!("status[in]={}", list.join(",")), move |item| {
                wanted.contains(text(item, "status"))
            });
        }
        filter.range(["createdAt[gte]", "createdAt[lte]"], "createdAt", false, draws, &all);
        filter.check(sandbox, "/calls", draws, &all).await;
    }
}

async fn check_contacts(sandbox: &Sandbox, draws: &mut Draws) {
    let all = all(sandbox, LARGE, "/v1/contacts").await;
    for _ in 0..24 {
        let mut filter = Filter::default();
        if draws.once_in(2) {
            let mut wanted = BTreeSet::from(["CRM-9999999".to_owned()]);
            wanted.extend((0..draws.below(5)).map(|_| text(draws.of(&all), "externalId").to_owned()));
            wanted.remove("");
            let list: Vec<_> = wanted.iter().rev().map(|id| format!("externalIds={id}")).collect();
            filter.add(list.join("&"), move |item| wanted.contains(text(item, "externalId")));
        }
        if draws.once_in(3) {
            let wanted = *draws.of(&["public-api", "elsewhere", "walk-in"]);
            filter.add(format!("sources={wanted}"), move |item| item["source"] == wanted);
        }
        filter.check(sandbox, "/v1/contacts", draws, &all).await;
    }
}

async fn check_conversations(sandbox: &Sandbox, draws: &mut Draws) {
    let inboxes = all(sandbox, LARGE, "/v1/phone-numbers").await;
    let v1 = all(sandbox, LARGE, "/v1/conversations").await;
    assert!(v1.is_sorted_by(|one, next| one["lastActivityAt"].as_str() >= next["lastActivityAt"].as_str()));
    let dated = all(sandbox, LARGE, "/conversations").await;
    for (sort, key, falls) in [
        ("createdAt:desc", "createdAt", true),
        ("createdAt:asc", "createdAt", false),
        ("updatedAt:desc", "updatedAt", true),
        ("updatedAt:asc", "updatedAt", false),
    ] {
        let path = format!("/conversations?sort={sort}");
        let all = all(sandbox, LARGE, &path).await;
        let in_order = |one: &Value, next: &Value| {
            if falls { text(one, key) >= text(next, key) } else { text(one, key) <= text(next, key) }
        };
        assert!(all.is_sorted_by(in_order), "{sort}");
        assert_eq!(
            ids(&all).iter().collect::<BTreeSet<_>>(),
            ids(&dated).iter().collect::<BTreeSet<_>>(),
            "{sort}"
        );
        for _ in 0..10 {
            let mut filter = Filter::default();
            filter.add(format!("sort={sort}"), |_| true);
            if draws.once_in(2) {
                let wanted: BTreeSet<_> =
                    (0..1 + draws.below(3)).map(|_| text(draws.of(&inboxes), "id").to_owned()).collect();
                let list: Vec<_> = wanted.iter().cloned().collect();
                filter.add(format!("phoneNumberId[in]={}", list.join(",")), move |item| {
                    wanted.contains(text(item, "phoneNumberId"))
                });
            }
            filter.range(["createdAt[gte]", "createdAt[lte]"], "createdAt", false, draws, &all);
            filter.range(["updatedAt[gte]", "updatedAt[lte]"], "updatedAt", false, draws, &all);
            filter.check(sandbox, "/conversations", draws, &all).await;
        }
    }
    for _ in 0..24 {
        let mut filter = Filter::default();
        let inbox = draws.of(&inboxes).clone();
        if draws.once_in(3) {
            let id = inbox["id"].clone();
            let number = encoded(text(&inbox, "number"));
            filter.add(format!("phoneNumbers={number}"), move |item| item["phoneNumberId"] == id);
        }
        if draws.once_in(3) {
            let user = draws.of(inbox["users"].as_array().unwrap())["id"].clone();
            let shared: BTreeSet<_> = inboxes
                .iter()
                .filter(|inbox| inbox["users"].as_array().unwrap().iter().any(|known| known["id"] == user))
                .map(|inbox| text(inbox, "id").to_owned())
                .collect();
            filter.add(format!("userId={}&excludeInactive=true", user.as_str().unwrap()), move |item| {
                shared.contains(text(item, "phoneNumberId"))
            });
        }
        filter.range(["createdAfter", "createdBefore"], "createdAt", true, draws, &v1);
        filter.range(["updatedAfter", "updatedBefore"], "updatedAt", true, draws, &v1);
        filter.check(sandbox, "/v1/conversations", draws, &v1).await;
    }
}

pub(super) async fn check_lists(sandbox: &Sandbox, seed: u64) {
    let mut draws = Draws(seed);
    check_messages(sandbox, &mut draws).await;
    check_threads(sandbox, &mut draws).await;
    check_calls(sandbox, &mut draws).await;
    check_contacts(sandbox, &mut draws).await;
    check_conversations(sandbox, &mut draws).await;
}

#[tokio::test(start_paused = true)]
async fn every_filter_gives_what_a_filter_over_the_whole_list_gives() {
    for (seed, size) in (1..).zip(SIZES) {
        check_lists(&large(*size), seed).await;
    }
}

/// The lists agree with each other, and with what one reads by id.
#[tokio::test]
async fn lists_are_whole_in_order_and_agree() {
    for size in SIZES {
        let sandbox = large(*size);
        let messages = all(&sandbox, LARGE, "/messages").await;
        let calls = all(&sandbox, LARGE, "/calls").await;
        let contacts = all(&sandbox, LARGE, "/v1/contacts").await;
        let conversations = all(&sandbox, LARGE, "/conversations").await;
        assert_eq!(messages.len(), size.2 as usize);
        assert_eq!(calls.len(), size.2.div_ceil(10) as usize);
        assert_eq!(contacts.len(), size.1 as usize);
        for list in [&messages, &calls] {
            assert!(list.is_sorted_by(|one, next| text(one, "createdAt") >= text(next, "createdAt")));
        }
        assert!(contacts.is_sorted_by(|one, next| text(one, "createdAt") <= text(next, "createdAt")));
        let mut seen = BTreeSet::new();
        for (list, path) in [(&messages, "/messages"), (&calls, "/calls"), (&contacts, "/v1/contacts")] {
            for item in list {
                assert!(seen.insert(text(item, "id")), "{item}");
                let got = json(&sandbox, LARGE, &format!("GET {path}/{}", text(item, "id")), 200).await;
                assert_eq!(got["data"], *item);
            }
        }
        check_activity(&messages, &calls, &conversations);
    }
}

/// An inbox and the others.
type Thread = (String, Vec<String>);
/// When, and id of what.
type Event = (String, String);

/// A conversation is what its messages and calls say it is.
fn check_activity(messages: &[Value], calls: &[Value], conversations: &[Value]) {
    let mut activity: BTreeMap<Thread, Vec<Event>> = BTreeMap::new();
    let mut note = |item: &Value, mut others: Vec<String>| {
        others.sort();
        let event = (text(item, "createdAt").to_owned(), text(item, "id").to_owned());
        activity.entry((text(item, "phoneNumberId").to_owned(), others)).or_default().push(event);
    };
    let inboxes: BTreeMap<_, _> = messages
        .iter()
        .filter(|message| message["direction"] == "outgoing")
        .map(|message| (text(message, "phoneNumberId"), text(message, "from")))
        .collect();
    for message in messages {
        let ours = inboxes[text(message, "phoneNumberId")];
        let parties = texts(&message["to"]).into_iter().chain([text(message, "from")]);
        note(message, parties.filter(|party| *party != ours).map(str::to_owned).collect());
    }
    for call in calls {
        let others =
            call["participants"].as_array().unwrap().iter().filter(|party| party["actorId"].is_null());
        note(call, others.map(|party| text(party, "phoneNumber").to_owned()).collect());
    }
    assert_eq!(activity.len(), conversations.len());
    for conversation in conversations {
        let others = texts(&conversation["participants"]).into_iter().map(str::to_owned).collect();
        let events = &activity[&(text(conversation, "phoneNumberId").to_owned(), others)];
        let (first, last) = (events.iter().min().unwrap(), events.iter().max().unwrap());
        assert_eq!(text(conversation, "createdAt"), first.0);
        assert_eq!(text(conversation, "lastActivityAt"), last.0);
        assert_eq!(text(conversation, "updatedAt"), last.0);
        let ended: Vec<_> = events.iter().filter(|event| event.0 == last.0).map(|event| &*event.1).collect();
        assert!(ended.contains(&text(conversation, "lastActivityId")));
    }
}
