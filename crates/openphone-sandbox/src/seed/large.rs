//! The large workspace: a company with many offices. Its users and inboxes are made here; contacts, messages,
//! calls and conversations are an archive's.

use std::sync::Arc;

use jiff::Timestamp;

use super::{empty, minutes_before, mix};
use crate::options::SandboxOptions;
use crate::workspace::archive::{Archive, Directory, Holder, custom_fields, person, pick};
use crate::workspace::{BusinessHours, Collection, Inbox, Kind, Role, User, Workspace};

const COMPANY: &str = "Harborline Property Services";
/// Who share an inbox, its owner among them.
const MEMBERS: u64 = 4;
const DAY: i64 = 24 * 60;
/// When an inbox with hours is open on a weekday.
const OPEN: Option<(&str, &str)> = Some(("0800", "1800"));

pub(super) fn build(seed: u64, anchor: Timestamp, options: &SandboxOptions) -> Workspace {
    let size = options.large;
    let mut workspace = empty(seed, COMPANY, anchor, options.limits);
    let users = u64::from(size.users());
    for index in 0..users {
        let (first, last) = person(!seed, index);
        let joined = spread(anchor, 1_500, 200, index, users);
        let user = User {
            id: workspace.ids.next(Kind::User),
            group_id: workspace.ids.next(Kind::Group),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: format!("{}.{}.{index}@example.com", first.to_lowercase(), last.to_lowercase()),
            picture_url: index.is_multiple_of(3).then(|| format!("https://pictures.example.com/{index}.jpg")),
            role: match index {
                0 => Role::Owner,
                1..5 => Role::Admin,
                _ => Role::Member,
            },
            created_at: joined,
            updated_at: joined,
        };
        workspace.users.push(user);
    }
    let inboxes = u64::from(size.inboxes());
    let directory = Directory::new(seed, u64::from(size.contacts()), inboxes);
    for index in 0..inboxes {
        let draw = mix(seed ^ mix(index));
        let members = (0..MEMBERS.min(users)).map(|member| (index + member * member) % users);
        let mut members: Vec<_> = members
            .filter_map(|member| workspace.users.get(member as usize))
            .map(|user| user.id.clone())
            .collect();
        let owner = members.first().cloned();
        members.sort_unstable();
        members.dedup();
        members.sort_by_key(|member| Some(member) != owner.as_ref());
        let opened = spread(anchor, 1_480, 900, index, inboxes);
        let inbox = Inbox {
            id: workspace.ids.next(Kind::PhoneNumber),
            group_id: workspace.ids.next(Kind::Group),
            name: format!("{} {} {}", pick(PLACES, draw), pick(DESKS, draw >> 16), index + 1),
            number: directory.number(Holder::Inbox(index)),
            symbol: pick(SYMBOLS, draw >> 32).to_owned(),
            members,
            // Most may, and half have hours.
            texts_abroad: index % 4 != 3,
            business_hours: (index % 2 == 0).then_some(BusinessHours {
                timezone: "America/Los_Angeles",
                week: [OPEN, OPEN, OPEN, OPEN, OPEN, None, None],
            }),
            created_at: opened,
            updated_at: opened,
        };
        workspace.inboxes.push(inbox);
    }
    workspace.custom_fields = custom_fields();
    let agent = &workspace.organization.ai_agent_id;
    let archive = Arc::new(Archive::new(seed, size, anchor, &workspace.users, &workspace.inboxes, agent));
    workspace.ids.skip_to(archive.last_sequence());
    workspace.contacts = Collection::on_shelf(archive.clone());
    workspace.conversations = Collection::on_shelf(archive.clone());
    workspace.messages = Collection::on_shelf(archive.clone());
    workspace.calls = Collection::on_shelf(archive);
    workspace
}

/// The moment of the `index`-th of `count`, from `oldest` to `newest` days before the anchor. No two are the same
/// while there are fewer than minutes.
fn spread(anchor: Timestamp, oldest: i64, newest: i64, index: u64, count: u64) -> Timestamp {
    let step = index.cast_signed() * (oldest - newest) * DAY / count.max(1).cast_signed();
    minutes_before(anchor, oldest * DAY - step)
}

const PLACES: &[&str] = &[
    "Alder Point",
    "Birch Landing",
    "Cedar Falls Road",
    "Dunes",
    "East Harbor",
    "Fairview",
    "Glen Park",
    "Hillcrest",
    "Ironwood",
    "Jetty",
    "Kingsbridge",
    "Larkspur",
    "Marina",
    "North Quay",
    "Orchard",
    "Pinecrest",
    "Quarry Hill",
    "Riverside",
    "South Pier",
    "Terrace",
    "Upland",
    "Valley Road",
    "Westgate",
    "Yarrow",
];
const DESKS: &[&str] = &["Front desk", "Scheduling", "Billing", "Field team", "Emergencies"];
const SYMBOLS: &[&str] = &["🏠", "🔧", "📅", "💬", "🚚", "🌿"];
