//! Who is found by what, and who comes first.

use openphone_client::contacts::Contact;
use serde_json::{Value, json};

use super::*;

fn people(contacts: &[Value]) -> People {
    let mut people = People::none(jiff::Timestamp::UNIX_EPOCH);
    for (index, contact) in contacts.iter().enumerate() {
        let contact: Contact = serde_json::from_value(json!({
            "id": format!("c{index}"), "defaultFields": contact, "createdAt": "2026-01-01T00:00:00Z"
        }))
        .unwrap();
        people.put(Entry::of(&contact));
    }
    people
}

fn crowd() -> People {
    people(&[
        json!({ "firstName": "Nora", "lastName": "Castillo", "role": "Homeowner",
            "phoneNumbers": [{ "name": "mobile", "value": "+14155550101" }] }),
        json!({ "firstName": "Norah", "lastName": "Jones", "company": "Blue Note" }),
        json!({ "firstName": "José", "lastName": "Müller-Łukasz", "company": "Straßenbau Øst" }),
        json!({ "firstName": "Owen", "lastName": "Fairbanks", "company": "Tidewater Apartments",
            "emails": [{ "name": "work", "value": "o.fairbanks@tidewater.example.com" }] }),
        json!({ "firstName": "Ian", "lastName": "McDonald",
            "phoneNumbers": [{ "name": "office", "value": "(020) 7946 0958" }] }),
        json!({ "firstName": "Keeley", "lastName": "O'Brien", "phoneNumbers": [{ "name": "x", "value": "+442079460123" }] }),
        json!({ "firstName": "山田", "lastName": "太郎" }),
        json!({ "company": "Castle & Co" }),
    ])
}

async fn found(query: &str) -> Vec<String> {
    let matches = Query::read(query).unwrap().search(&crowd(), 10).await;
    matches.best.iter().map(|found| found.entry.shown().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn numbers_are_found_in_any_way_of_writing() {
    for written in [
        "+14155550101",
        "+1 (415) 555-0101",
        "415.555.0101",
        "1-415-555-0101",
        "tel:+1-415-555-0101",
        "0014155550101",
        "011 1 415 555 0101",
        "555 0101",
        "0101",
        "+1 415 555 0101 x12",
        "(415) 555-0101 ext 5",
        "(415) 555-0101 Ext. 5",
        "tel:+1-415-555-0101;ext=5",
        "+1 415 555 0110",
        "(415) 555-1001",
    ] {
        assert_eq!(found(written).await, ["Nora Castillo"], "{written}");
    }
    assert_eq!(found("+44 (0)20 7946 0123").await[0], "Keeley O'Brien");
    assert_eq!(found("020 7946 0123").await[0], "Keeley O'Brien");
    assert_eq!(found("+44 20 7946 0958").await[0], "Ian McDonald");
    assert!(found("+1 212 555 0101").await.is_empty());
    assert!(found("+49 415 555 0101").await.is_empty(), "another country");
}

#[tokio::test]
async fn names_are_found_as_people_misspell_them() {
    for (query, expected) in [
        ("nora castillo", "Nora Castillo"),
        ("Castillo, Nora", "Nora Castillo"),
        ("nora castilo", "Nora Castillo"),
        ("nroa castillo", "Nora Castillo"),
        ("n castillo", "Nora Castillo"),
        ("cast", "Nora Castillo"),
        ("jose muller", "José Müller-Łukasz"),
        ("lukasz", "José Müller-Łukasz"),
        ("strassenbau", "José Müller-Łukasz"),
        ("ost", "José Müller-Łukasz"),
        ("mc donald", "Ian McDonald"),
        ("obrien", "Keeley O'Brien"),
        ("o’brien", "Keeley O'Brien"),
        ("O'Brian", "Keeley O'Brien"),
        ("tidewatr", "Owen Fairbanks"),
        ("tide water apartments", "Owen Fairbanks"),
        ("owen from tidewater", "Owen Fairbanks"),
        ("o.fairbanks@tidewater.example.com", "Owen Fairbanks"),
        ("fairbanks@tidewater", "Owen Fairbanks"),
        ("castle", "Castle & Co"),
        ("太郎", "山田 太郎"),
    ] {
        let found = found(query).await;
        assert_eq!(found.first().map(String::as_str), Some(expected), "{query}: {found:?}");
    }
    for nobody in ["xavier", "no", "bob", "castillo 999"] {
        let found = found(nobody).await;
        assert!(nobody == "no" || nobody.starts_with("cast") || found.is_empty(), "{nobody}: {found:?}");
    }
}

#[tokio::test]
async fn the_best_match_comes_first_and_says_why() {
    assert_eq!(found("nora").await, ["Nora Castillo", "Norah Jones"]);
    assert_eq!(found("norah").await, ["Norah Jones", "Nora Castillo"]);
    let why = |query: &'static str| async move {
        Query::read(query).unwrap().search(&crowd(), 10).await.best[0].why.clone()
    };
    assert_eq!(why("nora homeowner").await, "name, role");
    assert_eq!(why("castilo").await, "name (spelled \"castillo\")");
    assert_eq!(why("4155550101").await, "phone \"+14155550101\" (without the country)");
    assert_eq!(why("nora kensington").await, "name (1 of 2 words)");
}

#[tokio::test]
async fn no_more_than_asked_for_and_a_count_of_all() {
    let many: Vec<Value> =
        (0..2_500).map(|n| json!({ "firstName": "Sam", "lastName": format!("No{n}") })).collect();
    let matches = Query::read("sam").unwrap().search(&people(&many), 3).await;
    assert_eq!((matches.best.len(), matches.all), (3, 2_500));
}

#[test]
fn what_holds_nothing_is_no_query() {
    for nothing in ["", "  ", "--", "\u{200b}", "()", "."] {
        assert!(Query::read(nothing).is_none(), "{nothing:?}");
    }
}
