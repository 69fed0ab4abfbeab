//! Numbers that could be bought (dated surface only). Searching buys nothing; every number is a fictional
//! `555-01xx` one that the workspace does not have.

use serde_json::json;

use super::error::ApiError;
use super::query::Params;
use super::{Answer, Cx};

/// A place where there are numbers.
struct Place {
    area_code: &'static str,
    locality: &'static str,
    region: &'static str,
    country: &'static str,
}

/// At most so many are found.
const MOST: usize = 20;

/// `GET /phone-numbers/available`: not paged.
pub(crate) fn search(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const KNOWN: &[&str] = &["countryCode", "areaCode", "inLocality", "inRegion", "contains", "tollFree"];
    let mut params = Params::new(cx, KNOWN);
    let country = params.text("countryCode").unwrap_or_else(|| "US".to_owned());
    let area_code = params.text("areaCode");
    if let Some(code) = area_code.as_deref().filter(|code| !is_area_code(code)) {
        let schema = json!({ "type": "String", "pattern": "^[2-9][0-9]{2}$" });
        params.report("areaCode", "Expected string to match '^[2-9][0-9]{2}$'", schema, code);
    }
    let locality = params.text("inLocality");
    let region = params.text("inRegion");
    let contains = params.text("contains").unwrap_or_default();
    let toll_free = params.boolean("tollFree").unwrap_or(false);
    params.finish()?;
    let same = |wanted: &Option<String>, known: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(known))
    };
    let mut codes: Vec<&str> = if toll_free {
        if country == "US" || country == "CA" { TOLL_FREE.to_vec() } else { Vec::new() }
    } else {
        PLACES
            .iter()
            .filter(|place| place.country.eq_ignore_ascii_case(&country))
            .filter(|place| same(&locality, place.locality) && same(&region, place.region))
            .map(|place| place.area_code)
            .collect()
    };
    if let Some(code) = &area_code {
        codes.retain(|known| known == code);
    }
    let ours = |number: &String| cx.workspace.inboxes.iter().any(|inbox| inbox.number == *number);
    let numbers: Vec<String> = (60..=89)
        .flat_map(|line| codes.iter().map(move |code| format!("+1{code}55501{line}")))
        .filter(|number| number.contains(&contains) && !ours(number))
        .take(MOST)
        .collect();
    Ok(Answer::data(json!({ "phoneNumbers": numbers })))
}

fn is_area_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with(['0', '1'])
}

const TOLL_FREE: &[&str] = &["800", "833", "844", "855", "866", "877", "888"];

const fn place(
    area_code: &'static str,
    locality: &'static str,
    region: &'static str,
    country: &'static str,
) -> Place {
    Place { area_code, locality, region, country }
}

const PLACES: &[Place] = &[
    place("415", "San Francisco", "CA", "US"),
    place("510", "Oakland", "CA", "US"),
    place("213", "Los Angeles", "CA", "US"),
    place("206", "Seattle", "WA", "US"),
    place("503", "Portland", "OR", "US"),
    place("702", "Las Vegas", "NV", "US"),
    place("303", "Denver", "CO", "US"),
    place("512", "Austin", "TX", "US"),
    place("312", "Chicago", "IL", "US"),
    place("305", "Miami", "FL", "US"),
    place("617", "Boston", "MA", "US"),
    place("212", "New York", "NY", "US"),
    place("604", "Vancouver", "BC", "CA"),
    place("416", "Toronto", "ON", "CA"),
    place("514", "Montreal", "QC", "CA"),
];
