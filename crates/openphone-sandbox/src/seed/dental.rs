//! The dental practice: workspace bravo, and the numbered workspaces with even numbers.

use super::script::{
    Business, ContactScript, Custom, FIELD, FieldScript, InboxScript, OFFICE, OWNER, business, person,
};
use crate::workspace::CustomType;

mod calls;
mod emergencies;
mod notes;
mod partners;
mod patients;
mod routines;
mod strangers;
mod tasks;

pub(super) const BUSINESS: Business = Business {
    company: "Cedar Grove Dental",
    team: [("Elena", "Marchetti"), ("Tomas", "Okafor"), ("Sam", "Lindqvist")],
    inboxes: [
        InboxScript {
            name: "Reception",
            symbol: "🦷",
            members: &[OFFICE, OWNER, FIELD],
            texts_abroad: true,
            hours: Some([
                Some(("0800", "1700")),
                Some(("0800", "1700")),
                Some(("0800", "1900")),
                Some(("0800", "1700")),
                Some(("0800", "1300")),
                None,
                None,
            ]),
        },
        InboxScript {
            name: "Billing",
            symbol: "💳",
            members: &[OFFICE, OWNER],
            texts_abroad: false,
            hours: None,
        },
    ],
    contacts: CONTACTS,
    fields: FIELDS,
    threads: &[patients::PATIENTS, emergencies::EMERGENCIES, partners::PARTNERS, strangers::THREADS],
    put_aside: strangers::PUT_ASIDE,
    routines: routines::ROUTINES,
    groups: routines::GROUPS,
    calls: calls::CALLS,
    tasks: tasks::TASKS,
    notes: notes::NOTES,
    shares: notes::SHARES,
};

const FIELDS: &[FieldScript] = &[
    FieldScript { key: "insurance", name: "Insurance", kind: CustomType::String },
    FieldScript { key: "last-cleaning", name: "Last cleaning", kind: CustomType::Date },
    FieldScript { key: "anxious", name: "Anxious patient", kind: CustomType::Boolean },
    FieldScript { key: "allergies", name: "Allergies", kind: CustomType::MultiSelect },
    FieldScript { key: "balance", name: "Balance due", kind: CustomType::Number },
    FieldScript { key: "home-address", name: "Home address", kind: CustomType::Address },
    FieldScript { key: "portal", name: "Patient portal", kind: CustomType::Url },
];

const CONTACTS: &[ContactScript] = &[
    person("Hannah", "Wexler", "Patient").external("CG-2001").with(&[
        ("insurance", Custom::Text("Evergreen PPO")),
        ("last-cleaning", Custom::DaysAgo(170)),
        ("home-address", Custom::Text("5 Larch Lane, Seattle, WA")),
    ]),
    person("Julian", "Abara", "Patient").external("CG-2002").with(&[("anxious", Custom::Flag(true))]),
    person("Mei", "Tanaka", "Parent of a patient").external("CG-2003"),
    person("Patrick", "Sorensen", "Patient").external("CG-2004").with(&[("balance", Custom::Number(240.5))]),
    person("Aisha", "Rahman", "Patient"),
    person("Viktor", "Novak", "Patient").external("CG-2006").with(&[
        ("allergies", Custom::Choices(&["penicillin", "latex"])),
        ("insurance", Custom::Text("Cascade Dental Plan")),
    ]),
    person("Lucia", "Ferreira", "Patient").external("CG-2007"),
    person("Ben", "Hargrove", "Patient"),
    business("Rachel", "Stein", "Lab coordinator", "Puget Crown Lab")
        .external("CG-2009")
        .with(&[("portal", Custom::Text("https://crownlab.example.com"))]),
    person("Omar", "Siddiqui", "Patient").external("CG-2010"),
    person("Charlotte", "Byrne", "Patient"),
    business("Noel", "Ashdown", "Claims", "Evergreen Insurance"),
    person("Tamara", "Kozlova", "Patient").external("CG-2013"),
    person("Daniel", "Espinoza", "Patient"),
    business("Gwen", "Maddox", "Referral desk", "Emerald Oral Surgery").external("CG-2015"),
    person("Yara", "Haddad", "Patient"),
    person("Leonard", "Fitch", "Patient").external("CG-2017"),
    business("Sonia", "Petrakis", "Sales", "Brightline Dental Supply"),
    person("Martin", "Coyle", "Former patient"),
    person("Joyce", "Bellamy", "Former patient"),
];
