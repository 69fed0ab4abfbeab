//! What a grant carries, from every version that wrote one, and what is made of it.

use oauth_server::sentence;

use super::*;

fn inbox(id: &str) -> PhoneNumberId {
    PhoneNumberId::parse(id).unwrap()
}

#[test]
fn what_was_chosen_becomes_limits() {
    let all =
        br#"{"access":"full","confirm_many":false,"inboxes":"all","reply_only":false,"texts_per_day":200}"#;
    let full = limits(all).unwrap();
    assert!(full.texting_allowed() && full.inboxes.is_none() && !full.reply_only && !full.confirm_many);
    assert_eq!(full.sends_per_day, Some(200));

    let careful = br#"{"access":"full","confirm_many":true,"inboxes":["one","two"],"reply_only":true,"texts_per_day":7}"#;
    let careful = limits(careful).unwrap();
    assert!(careful.texting_allowed() && careful.reply_only && careful.confirm_many);
    assert_eq!(careful.inboxes, Some(BTreeSet::from([inbox("PNone"), inbox("PNtwo")]).into()));
    assert_eq!(careful.sends_per_day, Some(7));

    let reader = br#"{"access":"read_only","confirm_many":false,"reply_only":false,"texts_per_day":7}"#;
    assert!(limits(reader).unwrap().read_only);
}

/// Grants live for half a year: what the first version wrote.
#[test]
fn grants_of_earlier_versions_mean_what_they_meant() {
    let full = limits(br#"{"access":"full","texts_per_day":200,"inbox":"all"}"#).unwrap();
    assert!(full.texting_allowed() && full.inboxes.is_none() && !full.reply_only && !full.confirm_many);

    let reader = limits(br#"{"access":"read_only","texts_per_day":7}"#).unwrap();
    assert!(reader.read_only);
    assert_eq!(reader.sends_per_day, Some(7));

    let silent = limits(br#"{"access":"no_texting","texts_per_day":9,"inbox":"PNone"}"#).unwrap();
    assert!(silent.no_texting && !silent.read_only);
    assert!(silent.reaches(&inbox("PNone")) && !silent.reaches(&inbox("PNtwo")));
}

#[test]
fn what_cannot_be_understood_is_no_grant() {
    for data in [
        "",
        "{}",
        r#"{"access":"all","texts_per_day":1}"#,
        r#"{"access":"full","texts_per_day":1,"later":true}"#,
        r#"{"access":"full","texts_per_day":1,"inboxes":"some"}"#,
        r#"{"access":"full","texts_per_day":1,"inboxes":[""]}"#,
        r#"{"access":"full","texts_per_day":1,"inboxes":["a/b"]}"#,
        r#"{"access":"full","texts_per_day":1,"inboxes":"all","inbox":"PNone"}"#,
        r#"{"access":"full","texts_per_day":1,"inbox":"one"}"#,
        r#"{"access":"full","texts_per_day":1,"reply_only":"yes"}"#,
    ] {
        assert!(limits(data.as_bytes()).is_err(), "{data}");
        assert_eq!(describe(data.as_bytes()), ["Its limits cannot be read, so it can do nothing."], "{data}");
    }
}

#[test]
fn a_grant_is_described_in_words() {
    let check = |data: &str, expected: &[&str]| assert_eq!(describe(data.as_bytes()), expected, "{data}");
    let everywhere = "It works in all inboxes, also those added later.";
    check(
        r#"{"access":"full","texts_per_day":200,"inboxes":"all"}"#,
        &["It may read, text people, and add contacts.", "It may send 200 texts a day.", everywhere],
    );
    check(
        r#"{"access":"full","texts_per_day":1,"inboxes":["one","two"],"reply_only":true,"confirm_many":true}"#,
        &[
            "It may read, and text only who wrote or called first or is in the contacts.",
            "It may send one text a day.",
            "It asks before it texts more than one person.",
            "It works in 2 inboxes only: PNone, PNtwo.",
        ],
    );
    check(
        r#"{"access":"no_texting","texts_per_day":9,"inbox":"PNone","confirm_many":true}"#,
        &["It may read and add contacts, and never text.", "It works in one inbox only: PNone."],
    );
    check(
        r#"{"access":"no_texting","texts_per_day":9,"reply_only":true}"#,
        &["It may read, and never text or add contacts.", everywhere],
    );
    check(
        r#"{"access":"read_only","texts_per_day":9,"inboxes":[]}"#,
        &["It may only read.", "It works in no inbox."],
    );
}

fn two_inboxes() -> Vec<InboxChoice> {
    [("PNone", "Front desk"), ("PNtwo", "Sales")]
        .map(|(id, name)| InboxChoice {
            id: inbox(id),
            name: name.to_owned(),
            number: "+14155550150".to_owned(),
        })
        .to_vec()
}

fn scopes(most: Scope) -> Vec<String> {
    let upto = Scope::ALL.iter().position(|scope| *scope == most).unwrap();
    Scope::ALL[..=upto].iter().map(|scope| scope.name().to_owned()).collect()
}

/// The sentence for every combination agrees with the limits that are made of it and with what the page of connected apps
/// says of it.
#[test]
fn the_sentence_says_what_the_limits_are() {
    let mut seen = BTreeSet::new();
    for most in Scope::ALL {
        for inboxes in [None, Some(r#""all""#), Some(r#"["one"]"#), Some(r#"["one","two"]"#)] {
            let offered = choices(&two_inboxes()[..if inboxes.is_some() { 2 } else { 1 }], false);
            let clauses = summary(&scopes(most), &offered);
            for access in ["full", "no_texting", "read_only"] {
                for (reply_only, confirm_many) in [(false, false), (false, true), (true, false), (true, true)]
                {
                    for texts in [1, 2, MOST_TEXTS] {
                        let inboxes = inboxes.map(|some| format!(r#","inboxes":{some}"#)).unwrap_or_default();
                        let data = format!(
                            r#"{{"access":"{access}","reply_only":{reply_only},"confirm_many":{confirm_many},"texts_per_day":{texts}{inboxes}}}"#
                        );
                        let said = sentence(&clauses, &offered, data.as_bytes(), "claude.ai").unwrap();
                        agrees(most, data.as_bytes(), &said);
                        seen.insert(said);
                    }
                }
            }
        }
    }
    // By inboxes, access, and what matters under it; once more for admin. The scope that only reads says what the choice
    // that only reads says.
    let (reach, full, no_texting, read_only) = (3, 2 * 2 * 3, 2, 1);
    assert_eq!(seen.len(), 2 * reach * (full + no_texting + read_only));
}

#[track_caller]
fn agrees(most: Scope, data: &[u8], said: &str) {
    let limits = limits(data).unwrap();
    let described = describe(data).join(" ");
    let writes = most != Scope::Read && !limits.read_only;
    let texts = most != Scope::Read && limits.texting_allowed();
    let says = |part: &str| said.contains(part);
    assert!(said.starts_with("claude.ai will be able to read calls and texts in "), "{said}");
    assert!(said.ends_with('.') && !said.contains("  ") && !said.contains(['{', '}']), "{said}");
    assert_eq!(says("read and change contacts, notes and tasks"), writes, "{said}");
    assert_eq!(says("cannot text anyone or change anything"), !writes, "{said}");
    assert_eq!(says("and to send"), texts, "{said}");
    assert_eq!(says("cannot text anyone"), !texts, "{said}");
    assert_eq!(says("delete anything"), writes, "{said}");
    assert_eq!(says("to people who wrote or called first"), texts && limits.reply_only, "{said}");
    assert_eq!(says("cannot add phone numbers"), writes && limits.reply_only, "{said}");
    assert_eq!(says("asks you before"), texts && limits.confirm_many, "{said}");
    assert_eq!(says("other connections"), most == Scope::Admin, "{said}");
    if texts {
        let number = match limits.sends_per_day {
            Some(1) => "send one text a day".to_owned(),
            most => format!("send up to {} texts a day", most.unwrap()),
        };
        assert!(says(&number), "{said}");
        // The page of connected apps says the same number.
        assert!(described.contains(&number.replace("up to ", "")), "{described}");
        assert_eq!(described.contains("asks before"), limits.confirm_many, "{described}");
    }
    let ids: Vec<&str> =
        limits.inboxes.iter().flat_map(|inboxes| inboxes.iter()).map(PhoneNumberId::as_str).collect();
    assert_eq!(says("in all inboxes (also those added later)"), limits.inboxes.is_none(), "{said}");
    assert_eq!(described.contains("all inboxes, also those added later"), limits.inboxes.is_none());
    for (id, name) in [("PNone", "Front desk (+14155550150)"), ("PNtwo", "Sales (+14155550150)")] {
        assert_eq!(says(name), ids.contains(&id), "{said}");
        assert_eq!(described.contains(id), ids.contains(&id), "{described}");
    }
}

#[test]
fn the_sentence_is_plain() {
    let offered = choices(&two_inboxes(), false);
    let clauses = summary(&scopes(Scope::Write), &offered);
    let check = |data: &str, expected: &str| {
        assert_eq!(sentence(&clauses, &offered, data.as_bytes(), "claude.ai").as_deref(), Some(expected));
    };
    check(
        r#"{"access":"full","confirm_many":false,"inboxes":["one","two"],"reply_only":false,"texts_per_day":50}"#,
        "claude.ai will be able to read calls and texts in Front desk (+14155550150), Sales (+14155550150), to read and \
         change contacts, notes and tasks, and to send up to 50 texts a day. It cannot delete anything.",
    );
    check(
        r#"{"access":"full","confirm_many":true,"inboxes":"all","reply_only":true,"texts_per_day":1}"#,
        "claude.ai will be able to read calls and texts in all inboxes (also those added later), to read and change \
         contacts, notes and tasks, and to send one text a day to people who wrote or called first or are in your \
         contacts. It cannot delete anything. It cannot add phone numbers to your contacts. It asks you before it texts \
         more than one person.",
    );
    check(
        r#"{"access":"read_only","confirm_many":true,"inboxes":[],"reply_only":true,"texts_per_day":1}"#,
        "claude.ai will be able to read calls and texts in no inbox, and to read contacts, notes and tasks. It cannot \
         text anyone or change anything.",
    );
}

/// A workspace's inboxes, as many as there may be, and what the page does with them.
#[test]
fn many_inboxes_are_listed_in_part_and_the_page_says_so() {
    let inboxes: Vec<InboxChoice> = (0..120)
        .map(|index| InboxChoice {
            id: inbox(&format!("PNabcdefg{index:03}")),
            name: "A name ".repeat(20),
            number: "+14155550150".to_owned(),
        })
        .collect();
    let several = |inboxes: &[InboxChoice], more| {
        let choice = choices(inboxes, more).pop().unwrap();
        let ChoiceControl::Several { options, .. } = choice.control else { panic!("{}", choice.name) };
        (choice.help, options)
    };
    let (help, options) = several(&inboxes, false);
    assert_eq!(options.len(), MOST_INBOXES);
    assert!(help.ends_with("more inboxes than the 100 that are listed."), "{help}");
    assert!(options[0].label.chars().count() < 80, "{}", options[0].label);
    assert_eq!(options[0].value, "abcdefg000");
    // The 60 that a token carries with ease, with everything else that may be chosen.
    let ids: Vec<&str> = options[..60].iter().map(|option| option.value.as_str()).collect();
    let outcome = serde_json::json!({
        "access": "no_texting", "confirm_many": false, "inboxes": ids, "reply_only": false, "texts_per_day": 200
    });
    let outcome = serde_json::to_vec(&outcome).unwrap();
    assert!(outcome.len() < 1024, "{}", outcome.len());
    assert_eq!(limits(&outcome).unwrap().inboxes.unwrap().len(), 60);

    assert_eq!(several(&inboxes[..2], false).0, "Where it may read and text.");
    assert!(several(&inboxes[..2], true).0.contains("more inboxes than the 2"));
    assert!(choices(&inboxes[..1], false).iter().all(|choice| choice.name != "inboxes"));
}
