//! Who plays: the names and numbers of one workspace. Alpha and bravo play their scripts as written; numbered
//! workspaces play one of the two with other names, another company and another area code.

use super::script::{Business, Name};
use super::{dental, mix, plumbing};
use crate::workspace::WorkspaceKey;

/// A script and who plays it.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) business: &'static Business,
    pub(super) company: String,
    pub(super) team: Vec<Person>,
    pub(super) contacts: Vec<Person>,
    area_code: &'static str,
}

#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) first: String,
    pub(super) last: String,
}

impl Person {
    /// Their address, at the domain that RFC 2606 keeps for examples.
    pub(super) fn email(&self) -> String {
        format!("{}.{}@example.com", self.first.to_lowercase(), self.last.to_lowercase())
    }
}

impl From<&Name> for Person {
    fn from((first, last): &Name) -> Self {
        Self { first: (*first).to_owned(), last: (*last).to_owned() }
    }
}

impl Cast {
    /// `None` for the large workspace, which nobody plays.
    pub(super) fn of(key: WorkspaceKey) -> Option<Self> {
        let cast = match key {
            WorkspaceKey::Alpha => Self::as_written(&plumbing::BUSINESS, "415"),
            WorkspaceKey::Bravo => Self::as_written(&dental::BUSINESS, "206"),
            WorkspaceKey::Large => return None,
            WorkspaceKey::Numbered(number) => {
                let business = if number % 2 == 1 { &plumbing::BUSINESS } else { &dental::BUSINESS };
                Self::renamed(business, key.seed(), number)
            }
        };
        Some(cast)
    }

    /// The number of the contact with this index.
    pub(super) fn contact_number(&self, index: usize) -> String {
        format!("+1{}55501{:02}", self.area_code, index + 1)
    }

    /// The number of the inbox with this index.
    pub(super) fn inbox_number(&self, index: usize) -> String {
        format!("+1{}55501{:02}", self.area_code, index + 50)
    }

    fn as_written(business: &'static Business, area_code: &'static str) -> Self {
        Self {
            business,
            company: business.company.to_owned(),
            team: business.team.iter().map(Person::from).collect(),
            contacts: business.contacts.iter().map(|contact| Person::from(&contact.name)).collect(),
            area_code,
        }
    }

    fn renamed(business: &'static Business, seed: u64, number: u32) -> Self {
        let trade = business.company.rsplit(' ').next().unwrap_or_default();
        let mut people = (0..).map(|index| draw_person(seed, index));
        Self {
            business,
            company: format!("{} {trade} No. {number}", pick(PLACES, mix(seed))),
            team: people.by_ref().take(business.team.len()).collect(),
            contacts: people.take(business.contacts.len()).collect(),
            area_code: pick(AREA_CODES, mix(seed ^ 1)),
        }
    }
}

/// The `index`-th person of a workspace. First names repeat after all were used once, last names differ.
fn draw_person(seed: u64, index: usize) -> Person {
    let first = pick(FIRST_NAMES, mix(seed ^ 2).wrapping_add(index as u64 * 7));
    let last = pick(LAST_NAMES, mix(seed ^ 3).wrapping_add(index as u64 * 11));
    Person { first: first.to_owned(), last: last.to_owned() }
}

fn pick(words: &[&'static str], draw: u64) -> &'static str {
    words.get((draw % words.len() as u64) as usize).copied().unwrap_or_default()
}

const AREA_CODES: &[&str] = &[
    "212", "213", "214", "216", "217", "281", "301", "302", "303", "305", "310", "312", "313", "314", "317",
    "321", "401", "402", "404", "405", "407", "410", "412", "414", "480", "502", "503", "504", "505", "512",
    "515", "602", "612", "614", "615", "617", "619", "702", "713", "716", "720", "737", "801", "808", "816",
    "858", "901", "904", "907", "919",
];

const PLACES: &[&str] = &[
    "Maple Street",
    "North Fork",
    "Riverbend",
    "Old Mill",
    "Lakeside",
    "Copper Hill",
    "Fern Valley",
    "Stonebridge",
    "Clearwater",
    "Foxglove",
    "Juniper Ridge",
    "Willow Creek",
    "Summit Park",
    "Bayview",
    "Pine Hollow",
    "Redwood",
    "Quarry Road",
];

const FIRST_NAMES: &[&str] = &[
    "Abigail", "Andre", "Beatriz", "Caleb", "Carmen", "Dimitri", "Elise", "Farid", "Grace", "Hector",
    "Imani", "Jonas", "Keiko", "Leah", "Malik", "Naomi", "Oscar", "Paula", "Quentin", "Rosa", "Samir",
    "Tessa", "Umar", "Vera", "Wesley", "Ximena", "Yusuf", "Zoe", "Bruno",
];

const LAST_NAMES: &[&str] = &[
    "Abbott",
    "Barros",
    "Castellano",
    "Doyle",
    "Eriksen",
    "Fontaine",
    "Galloway",
    "Haddad",
    "Ibarra",
    "Jansen",
    "Kowalski",
    "Lindgren",
    "Mbeki",
    "Nakamura",
    "Osborne",
    "Petrov",
    "Quigley",
    "Rosenthal",
    "Sandoval",
    "Thorne",
    "Ueda",
    "Vasquez",
    "Whitaker",
    "Xiong",
    "Yamada",
    "Zielinski",
    "Achebe",
    "Bellweather",
    "Crane",
    "Delacroix",
    "Ekholm",
];
