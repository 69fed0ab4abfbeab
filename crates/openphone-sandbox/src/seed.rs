//! Builds a workspace from its key and the anchor date. The same two give the same workspace, to the byte.
//!
//! The content is data: a `script::Business` is a cast and tables of what they wrote and said, in
//! `seed/plumbing*` and `seed/dental*`. `script.rs` has the vocabulary of the tables, `stage.rs`,
//! `stage_calls.rs`, `stage_tasks.rs` and `stage_notes.rs` turn them into conversations, messages, calls, tasks and
//! notes. The large workspace has no tables: `large.rs` gives it users and inboxes, and an archive computes the
//! rest.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::json;

use crate::options::{Limits, SandboxOptions};
use crate::workspace::{
    BusinessHours, Collection, IdMint, Inbox, Kind, Organization, Registration, Registrations, Role, User,
    Workspace, WorkspaceKey,
};

mod cast;
mod dental;
mod large;
mod plumbing;
mod script;
mod stage;
mod stage_calls;
mod stage_notes;
mod stage_tasks;

use cast::Cast;
use stage::Stage;

/// A workspace as its key's owner finds it on the first request.
pub(crate) fn build(key: WorkspaceKey, anchor: Timestamp, options: &SandboxOptions) -> Workspace {
    let mut workspace = match Cast::of(key) {
        Some(cast) => play(&cast, key.seed(), anchor, options.limits),
        None => large::build(key.seed(), anchor, options),
    };
    workspace.registrations.seeded.id = workspace.ids.next(Kind::Registration);
    workspace
}

/// A workspace in which a cast plays its script.
fn play(cast: &Cast, seed: u64, anchor: Timestamp, limits: Limits) -> Workspace {
    let mut workspace = empty(seed, &cast.company, anchor, limits);
    add_users(&mut workspace, cast, anchor);
    add_inboxes(&mut workspace, cast, anchor);
    let mut stage = Stage { workspace: &mut workspace, cast, anchor };
    stage.add_contacts();
    stage.play_threads();
    stage.play_calls();
    stage.put_aside();
    stage.add_tasks();
    stage.add_notes();
    workspace
}

/// A workspace in which nobody and nothing is.
fn empty(seed: u64, company: &str, anchor: Timestamp, limits: Limits) -> Workspace {
    let mut ids = IdMint::new(seed);
    Workspace {
        organization: Organization {
            id: ids.next(Kind::Organization),
            name: company.to_owned(),
            created_at: days_before(anchor, 900),
            updated_at: days_before(anchor, 75),
            ai_agent_id: ids.next(Kind::SystemActor),
        },
        users: Vec::new(),
        inboxes: Vec::new(),
        contacts: Collection::default(),
        custom_fields: Vec::new(),
        conversations: Collection::default(),
        messages: Collection::default(),
        calls: Collection::default(),
        tasks: Collection::default(),
        registrations: Registrations { seeded: registration(company, anchor), made: None },
        sent: VecDeque::new(),
        webhooks: Vec::new(),
        events: Vec::new(),
        mail_waits: false,
        errands: Vec::new(),
        ids,
        attempt_ids: IdMint::new(mix(seed)),
        limits,
    }
}

fn add_users(workspace: &mut Workspace, cast: &Cast, anchor: Timestamp) {
    for (index, (person, role)) in cast.team.iter().zip([Role::Owner, Role::Admin, Role::Member]).enumerate()
    {
        let user = User {
            id: workspace.ids.next(Kind::User),
            group_id: workspace.ids.next(Kind::Group),
            first_name: person.first.clone(),
            last_name: person.last.clone(),
            email: person.email(),
            // One of them has put in a picture.
            picture_url: (role == Role::Owner)
                .then(|| format!("https://pictures.example.com/{}.jpg", person.first.to_lowercase())),
            role,
            created_at: days_before(anchor, 900 - 240 * index as i64),
            updated_at: days_before(anchor, 70 - 10 * index as i64),
        };
        workspace.users.push(user);
    }
}

fn add_inboxes(workspace: &mut Workspace, cast: &Cast, anchor: Timestamp) {
    for (index, script) in cast.business.inboxes.iter().enumerate() {
        let inbox = Inbox {
            id: workspace.ids.next(Kind::PhoneNumber),
            group_id: workspace.ids.next(Kind::Group),
            name: script.name.to_owned(),
            number: cast.inbox_number(index),
            symbol: script.symbol.to_owned(),
            members: script
                .members
                .iter()
                .filter_map(|member| workspace.users.get(*member))
                .map(|user| user.id.clone())
                .collect(),
            texts_abroad: script.texts_abroad,
            business_hours: script.hours.map(|week| BusinessHours { timezone: "America/Los_Angeles", week }),
            created_at: days_before(anchor, 880 - 400 * index as i64),
            updated_at: days_before(anchor, 65),
        };
        workspace.inboxes.push(inbox);
    }
}

/// What the business told the carriers; its id comes last.
fn registration(company: &str, anchor: Timestamp) -> Registration {
    let content = json!({
        "type": "standard",
        "businessInfo": {
            "legalName": company,
            "entityType": "private",
            "country": "US",
            "website": "https://business.example.com",
            "contactEmail": "office@example.com",
        },
        "messaging": {
            "useCase": "customer-care",
            "optIn": "Customers agree on the booking form.",
            "sampleMessages": ["Your appointment is tomorrow at 9. Reply STOP to opt out."],
        },
    });
    Registration {
        id: String::new(),
        content: content.as_object().cloned().unwrap_or_default(),
        created_at: days_before(anchor, 860),
        updated_at: days_before(anchor, 855),
        submitted_at: Some(days_before(anchor, 859)),
    }
}

/// The moment `days` days before `anchor`.
fn days_before(anchor: Timestamp, days: i64) -> Timestamp {
    minutes_before(anchor, days * 24 * 60)
}

/// The moment `minutes` minutes before `anchor`.
fn minutes_before(anchor: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_second(anchor.as_second().saturating_sub(minutes * 60)).unwrap_or(anchor)
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014): a 64-bit word that looks random and follows from `word`.
pub(crate) const fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
