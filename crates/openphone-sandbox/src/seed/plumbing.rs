//! The plumbing company: workspace alpha, and the numbered workspaces with odd numbers.

use super::script::{
    Business, ContactScript, Custom, FIELD, FieldScript, InboxScript, OFFICE, OWNER, business, person,
};
use crate::workspace::CustomType;

mod calls;
mod homes;
mod notes;
mod routines;
mod strangers;
mod tasks;
mod trade;

pub(super) const BUSINESS: Business = Business {
    company: "Harbor Light Plumbing",
    team: [("Dana", "Whitfield"), ("Marcus", "Oyelaran"), ("Priya", "Raman")],
    inboxes: [
        InboxScript {
            name: "Front desk",
            symbol: "🔧",
            members: &[OWNER, OFFICE, FIELD],
            texts_abroad: true,
            hours: Some([
                Some(("0800", "1700")),
                Some(("0800", "1700")),
                Some(("0800", "1700")),
                Some(("0800", "1700")),
                Some(("0800", "1700")),
                None,
                None,
            ]),
        },
        InboxScript {
            name: "Emergency line",
            symbol: "🚨",
            members: &[FIELD, OWNER],
            texts_abroad: false,
            hours: None,
        },
    ],
    contacts: CONTACTS,
    fields: FIELDS,
    threads: &[homes::HOMES, trade::TRADE, strangers::THREADS],
    put_aside: strangers::PUT_ASIDE,
    routines: routines::ROUTINES,
    groups: routines::GROUPS,
    calls: calls::CALLS,
    tasks: tasks::TASKS,
    notes: notes::NOTES,
    shares: notes::SHARES,
};

const FIELDS: &[FieldScript] = &[
    FieldScript { key: "service-address", name: "Service address", kind: CustomType::Address },
    FieldScript { key: "care-plan", name: "Care plan", kind: CustomType::Boolean },
    FieldScript { key: "last-service", name: "Last service", kind: CustomType::Date },
    FieldScript { key: "job-types", name: "Job types", kind: CustomType::MultiSelect },
    FieldScript { key: "lifetime-value", name: "Lifetime value", kind: CustomType::Number },
    FieldScript { key: "water-heater", name: "Water heater", kind: CustomType::String },
    FieldScript { key: "website", name: "Website", kind: CustomType::Url },
];

const CONTACTS: &[ContactScript] = &[
    person("Nora", "Castillo", "Homeowner").external("HL-1001").with(&[
        ("service-address", Custom::Text("12 Alder Court, San Francisco, CA")),
        ("care-plan", Custom::Flag(true)),
        ("last-service", Custom::DaysAgo(41)),
        ("water-heater", Custom::Text("50 gal gas, 2015")),
    ]),
    person("Theo", "Brandt", "Homeowner").external("HL-1002").with(&[
        ("service-address", Custom::Text("87 Kelp Street, San Francisco, CA")),
        ("job-types", Custom::Choices(&["drain", "sewer"])),
    ]),
    person("Marisol", "Vega", "Homeowner").external("HL-1003"),
    business("Owen", "Fairbanks", "Property manager", "Tidewater Apartments").external("HL-1004").with(&[
        ("service-address", Custom::Text("400 Marina Walk, San Francisco, CA")),
        ("lifetime-value", Custom::Number(18450.0)),
        ("job-types", Custom::Choices(&["leak", "water heater", "inspection"])),
        ("website", Custom::Text("https://tidewater.example.com")),
    ]),
    person("Grace", "Nakashima", "Tenant"),
    business("Rafael", "Dominguez", "Chef and owner", "Cafe Salina").external("HL-1006").with(&[
        ("job-types", Custom::Choices(&["grease trap", "drain"])),
        ("last-service", Custom::DaysAgo(18)),
    ]),
    person("Ingrid", "Halvorsen", "Homeowner").external("HL-1007"),
    person("Desmond", "Achterberg", "Homeowner"),
    business("Bianca", "Moretti", "Office manager", "Lumen Yoga").external("HL-1009"),
    person("Cyrus", "Farahani", "Homeowner").with(&[("care-plan", Custom::Flag(false))]),
    business("Holly", "Prescott", "Estimator", "Stillwater Builders").external("HL-1011").with(&[
        ("lifetime-value", Custom::Number(42300.0)),
        ("website", Custom::Text("https://stillwater.example.com")),
    ]),
    person("Arjun", "Mehta", "Homeowner"),
    person("Colette", "Dubois", "Homeowner").external("HL-1013"),
    business("Wade", "Hutchins", "Counter sales", "Pacific Pipe Supply"),
    person("Simone", "Okonjo", "Landlord"),
    person("Felix", "Lindahl", "Homeowner"),
    business("Teresa", "Quintana", "Front desk", "Bluefin Inn").external("HL-1017"),
    person("Gordon", "Pike", "Homeowner"),
    person("Lorna", "Strickland", "Former client"),
    person("Edgar", "Villanueva", "Former client"),
];
