//! Where a phone number belongs: its country and time zones, from tables in the binary.
//!
//! A number says where it was given out, not where its owner is: mobile numbers travel, and numbers are taken along to
//! another carrier or another town. So nothing here is known for certain, and what comes of it says from what it comes.

mod nanp;
mod world;

use openphone_client::E164;

/// A country and its zones, as the first digits of a number tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// ISO 3166; `None`: several share these digits.
    pub(crate) country: Option<&'static str>,
    /// IANA names with commas between them.
    zones: &'static str,
}

impl Place {
    /// IANA names of its zones, at least one.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.zones.split(',')
    }
}

/// `None`: the digits belong to no country (satellites, networks without a place), or to none that is known.
pub(crate) fn of(number: &E164) -> Option<Place> {
    let digits = number.as_str().trim_start_matches('+');
    match digits.strip_prefix('1') {
        Some(national) => Some(of_area(national.get(..3)?)),
        None => longest(digits),
    }
}

/// Whether a country has numbers in the tables.
pub(crate) fn is_country(code: &str) -> bool {
    let first = |line: &'static str| line.split(' ').next();
    let second = |line: &'static str| line.split(' ').nth(1);
    code.len() == 2 && nanp::TABLE.lines().filter_map(first).any(|country| country == code)
        || world::TABLE.lines().filter_map(second).any(|country| country == code)
}

/// Whether digits are a whole calling code, such as 1, 44 or 353.
pub(crate) fn is_calling_code(digits: &str) -> bool {
    digits == "1"
        || digits.len() <= 3
            && world::TABLE.lines().filter_map(|line| line.split(' ').next()).any(|code| code == digits)
}

fn of_area(area: &str) -> Place {
    let mut group = None;
    for line in nanp::TABLE.lines() {
        let mut words = line.split(' ');
        // A line that begins with `+` goes on with the codes of the one before.
        match (words.next(), group) {
            (Some("+"), _) => {}
            (country, _) => group = country.zip(words.next()),
        }
        if let (Some((country, zones)), true) = (group, words.any(|code| code == area)) {
            return Place { country: Some(country), zones };
        }
    }
    Place { country: None, zones: nanp::NO_PLACE }
}

fn longest(digits: &str) -> Option<Place> {
    let rows = world::TABLE.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?, words.next()?))
    });
    let (_, country, zones) =
        rows.filter(|(first, ..)| digits.starts_with(first)).max_by_key(|(first, ..)| first.len())?;
    Some(Place { country: Some(country), zones })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::tz::TimeZone;

    use super::*;

    fn place(number: &str) -> Option<(Option<&'static str>, &'static str)> {
        of(&E164::parse(number).expect("a number")).map(|place| (place.country, place.zones))
    }

    #[test]
    fn numbers_have_the_place_of_their_first_digits() {
        let (split, all) = ("America/New_York,America/Chicago", nanp::NO_PLACE);
        for (number, country, zones) in [
            ("+14155550101", Some("US"), "America/Los_Angeles"),
            ("+16895550101", Some("US"), "America/New_York"),
            ("+18505550101", Some("US"), split),
            ("+19305550101", Some("US"), split),
            ("+14165550101", Some("CA"), "America/Toronto"),
            ("+18765550101", Some("JM"), "America/Jamaica"),
            ("+17875550101", Some("PR"), "America/Puerto_Rico"),
            ("+18005550101", None, all),
            ("+19005550101", None, all),
            ("+12995550101", None, all),
            ("+442079460958", Some("GB"), "Europe/London"),
            ("+78125550101", Some("RU"), "Asia/Kamchatka"),
            ("+77015550101", Some("KZ"), "Asia/Almaty"),
            ("+262692123456", Some("RE"), "Indian/Reunion"),
            ("+262639123456", Some("YT"), "Indian/Mayotte"),
            ("+59995551234", Some("CW"), "America/Curacao"),
        ] {
            let (found, found_zones) = place(number).expect(number);
            assert_eq!(found, country, "{number}");
            assert!(found_zones.starts_with(zones), "{number}: {found_zones}");
        }
        for number in ["+881612345678", "+870773123456", "+97912345678", "+80012345678", "+2101234567", "+12"]
        {
            assert_eq!(place(number), None, "{number}");
        }
    }

    /// Each row of the tables is used, and each zone is one that the bundled database has.
    #[test]
    fn the_tables_are_sound() {
        let mut zones = HashSet::from([nanp::NO_PLACE]);
        let (mut codes, mut countries) = (HashSet::new(), HashSet::new());
        for line in nanp::TABLE.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let rest = if words[0] == "+" { &words[1..] } else { &words[2..] };
            if words[0] != "+" {
                zones.insert(words[1]);
                countries.insert(words[0]);
            }
            for code in rest {
                let valid = code.len() == 3 && code.starts_with(|digit| ('2'..='9').contains(&digit));
                assert!(valid && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
                assert!(codes.insert(*code), "{code} stands twice");
            }
        }
        assert_eq!(codes.len(), 455);
        // The plan's 25 members, as countries and territories have ISO codes.
        assert_eq!(countries.len(), 25);
        let mut firsts = HashSet::new();
        for line in world::TABLE.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [first, country, names] = words.as_slice() else { panic!("{line}") };
            assert!(firsts.insert(*first) && first.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
            assert!(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()), "{line}");
            zones.insert(names);
            assert!(is_country(country));
        }
        for name in zones.into_iter().flat_map(|names| names.split(',')) {
            TimeZone::get(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for (digits, whole) in
            [("1", true), ("44", true), ("353", true), ("141", false), ("76", true), ("", false)]
        {
            assert_eq!(is_calling_code(digits), whole, "{digits}");
        }
        assert!(
            is_country("US")
                && is_country("JM")
                && !is_country("UK")
                && !is_country("us")
                && !is_country("+")
        );
    }
}
