//! Contacts on the dated surface, and that both surfaces show the same ones.

use openphone_sandbox::{Limits, Sandbox};
use serde_json::{Value, json};

use crate::support::{ALPHA, all, answer, answers, fill, ids, json, options, sandbox, webhooks};

async fn check(name: &str, lines: &[&str]) {
    insta::assert_snapshot!(name, answers(lines).await);
}

#[tokio::test]
async fn contacts() {
    let lines = [
        "GET /contacts?limit=1",
        "GET /contacts?externalId=HL-1004",
        "GET /contacts?externalId[in]=HL-1017,HL-1004&source[in]=public-api,csv&limit=1",
        "GET /contacts/{contact}",
        r#"POST /contacts {"firstName":"Pia","lastName":"Norberg","company":null,"externalId":"HL-2000","sourceUrl":"https://crm.example.com/2000","actorId":"{tech}"}"#,
        r#"PATCH /contacts/{contact2} {"company":"Brandt Ceramics","role":null}"#,
        "GET /v1/contacts/{contact2}",
        "DELETE /contacts/{contact2}",
        "GET /contacts/{contact2}",
        "DELETE /contacts/{contact2}",
    ];
    check("contacts", &lines).await;
}

#[tokio::test]
async fn notes_and_shares() {
    let lines = [
        "GET /contacts/{contact}/notes?limit=1",
        "GET /contacts/{contact}/notes/{note}",
        r#"POST /contacts/{contact}/notes {"text":"Ask @{owner} first"}"#,
        r#"PATCH /contacts/{contact}/notes/{note} {"text":"Done"}"#,
        "DELETE /contacts/{contact}/notes/{note}",
        "GET /contacts/{contact}/notes/{note}",
        "GET /contacts/{contact}/shares",
    ];
    check("notes_and_shares", &lines).await;
}

#[tokio::test]
async fn properties() {
    let lines = [
        "GET /contacts/{contact}/properties",
        "GET /contacts/{contact}/properties?type=phone-number",
        "GET /contacts/{contact}/properties/{property}",
        r#"POST /contacts/{contact}/properties {"type":"phone-number","value":"+14155550163","name":"work"}"#,
        r#"PATCH /contacts/{contact}/properties/{property} {"value":"48 gal gas"}"#,
        "DELETE /contacts/{contact}/properties/{property}",
        "GET /contacts/{contact}/properties/{property}",
    ];
    check("properties", &lines).await;
}

#[tokio::test]
async fn wrong_contacts() {
    let lines = [
        "GET /contacts?externalIds=HL-1004",
        "GET /contacts?source=a&source[in]=b",
        "GET /contacts?phoneNumber=%2B14155550101",
        r#"POST /contacts {"lastName":"Norberg"}"#,
        r#"POST /contacts {"firstName":null,"phoneNumbers":[],"source":"openphone","actorId":"me"}"#,
        r#"POST /contacts {"firstName":"Pia","externalId":"HL-1001"}"#,
        r#"POST /contacts {"firstName":"Pia","actorId":"US0"}"#,
        r#"PATCH /contacts/{contact2} {"externalId":"HL-1001"}"#,
        r#"PATCH /contacts/none {"company":"x"}"#,
        r#"POST /contacts/{contact}/notes {"text":""}"#,
        r#"PATCH /contacts/{contact}/notes/none {"text":"x"}"#,
        r#"POST /contacts/none/notes {"text":"x"}"#,
        r#"POST /contacts/{contact}/properties {"type":"shoe-size","value":44}"#,
        r#"POST /contacts/{contact}/properties {"type":"number","value":"44"}"#,
        r#"POST /contacts/{contact}/properties {"type":"email"}"#,
        r#"PATCH /contacts/{contact}/properties/{property} {"type":"email"}"#,
        r#"PATCH /contacts/{contact}/properties/{property} {"value":null}"#,
        "DELETE /contacts/{contact2}/properties/{property}",
    ];
    check("wrong_contacts", &lines).await;
}

/// What v1 shows of a contact's lists, and the dated surface of its properties: id, type, name, value.
async fn both_sides(sandbox: &Sandbox, contact: &str) -> (Vec<Value>, Vec<Value>) {
    let v1 = json(sandbox, ALPHA, &format!("GET /v1/contacts/{contact}"), 200).await;
    let fields = &v1["data"]["defaultFields"];
    let mut inline = Vec::new();
    for (list, kind) in [(&fields["emails"], "email"), (&fields["phoneNumbers"], "phone-number")] {
        for item in list.as_array().unwrap() {
            inline.push(json!([item["id"], kind, item["name"], item["value"]]));
        }
    }
    for item in v1["data"]["customFields"].as_array().unwrap() {
        inline.push(json!([item["id"], item["type"], item["name"], item["value"]]));
    }
    let properties = all(sandbox, ALPHA, &format!("/contacts/{contact}/properties")).await;
    let mut properties: Vec<Value> = properties
        .iter()
        .map(|item| json!([item["id"], item["type"], item["name"], item["value"]]))
        .collect();
    let by_id = |item: &Value| item[0].as_str().unwrap().to_owned();
    inline.sort_by_key(by_id);
    properties.sort_by_key(by_id);
    (inline, properties)
}

#[tokio::test]
async fn a_property_is_the_same_thing_on_both_surfaces() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let contact = fill("{contact}", &ids);
    let changes = [
        r#"POST /contacts/{contact}/properties {"type":"email","value":"nora@example.com","name":"home"}"#,
        r#"POST /contacts/{contact}/properties {"type":"number","value":3,"name":"Lifetime value"}"#,
        r#"POST /contacts/{contact}/properties {"type":"string","value":"left","name":"Gate"}"#,
        r#"PATCH /contacts/{contact}/properties/{property} {"value":"40 gal electric","name":"Heater"}"#,
        r#"PATCH /v1/contacts/{contact} {"defaultFields":{"phoneNumbers":[{"name":"new","value":"+14155550163"}]},"customFields":[{"key":"care-plan","value":false}]}"#,
    ];
    for line in changes {
        let before = both_sides(&sandbox, &contact).await.0;
        let line = fill(line, &ids);
        assert_eq!(answer(&sandbox, ALPHA, &line).await.status(), 200, "{line}");
        let (inline, properties) = both_sides(&sandbox, &contact).await;
        assert_eq!(inline, properties, "after {line}");
        assert_ne!(inline, before, "after {line}");
    }
    let v1 = json(&sandbox, ALPHA, &fill("GET /v1/contacts/{contact}", &ids), 200).await;
    assert_eq!(v1["data"]["customFields"].as_array().unwrap().len(), 1, "the rest was replaced");
    assert_eq!(v1["data"]["customFields"][0]["key"], "care-plan");
}

#[tokio::test]
async fn an_item_that_comes_back_with_its_id_is_the_same_property() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let gate = r#"POST /contacts/{contact}/properties {"type":"string","value":"left","name":"Gate"}"#;
    json(&sandbox, ALPHA, &fill(gate, &ids), 200).await;
    let properties = fill("/contacts/{contact}/properties", &ids);
    let mut before = all(&sandbox, ALPHA, &properties).await;
    // Read, change nothing, write back: what a careful client does.
    let contact = json(&sandbox, ALPHA, &fill("GET /v1/contacts/{contact}", &ids), 200).await;
    let body = json!({
        "defaultFields": contact["data"]["defaultFields"],
        "customFields": contact["data"]["customFields"],
    });
    json(&sandbox, ALPHA, &fill(&format!("PATCH /v1/contacts/{{contact}} {body}"), &ids), 200).await;
    let mut after = all(&sandbox, ALPHA, &properties).await;
    for list in [&mut before, &mut after] {
        list.sort_by_key(|item| item["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(before, after);
    // Another contact's id is not taken over.
    let stolen = fill("{property}", &ids);
    let line = format!(
        r#"PATCH /v1/contacts/{{contact2}} {{"defaultFields":{{"emails":[{{"id":"{stolen}","name":"x","value":"y@example.com"}}]}}}}"#
    );
    let other = json(&sandbox, ALPHA, &fill(&line, &ids), 200).await;
    assert_ne!(other["data"]["defaultFields"]["emails"][0]["id"], stolen);
}

#[tokio::test]
async fn a_v1_contact_holds_as_many_items_as_others_do() {
    let sandbox = Sandbox::new(options().limits(Limits { contact_items: 9, ..Limits::default() }));
    let ids = ids(&sandbox, ALPHA).await;
    for (count, created, updated) in [(9, 201, 200), (10, 403, 403)] {
        let emails = vec![json!({ "name": "home", "value": "x@example.com" }); count];
        let body = json!({ "defaultFields": { "firstName": "x", "emails": emails } });
        json(&sandbox, ALPHA, &format!("POST /v1/contacts {body}"), created).await;
        json(&sandbox, ALPHA, &fill(&format!("PATCH /v1/contacts/{{contact}} {body}"), &ids), updated).await;
    }
}

#[tokio::test]
async fn no_text_is_kept_that_is_too_long_for_anybody_to_have_meant_it() {
    let sandbox = sandbox();
    let mut ids = ids(&sandbox, ALPHA).await;
    ids.extend(webhooks(&sandbox).await);
    let tenth = "x".repeat(1_001);
    let long = tenth.repeat(10);
    let table = [
        (r#"POST /tasks {"title":"…","description":"y","conversationId":"{conversation}"}"#, "/title"),
        (r#"PUT /v1/tasks/{task} {"title":"x","description":"…"}"#, "/description"),
        (r#"POST /contacts/{contact}/properties {"type":"string","value":"…"}"#, "/value"),
        (r#"POST /contacts/{contact}/properties {"type":"address","value":{"street":"…"}}"#, "/value"),
        (r#"PATCH /contacts/{contact}/properties/{property} {"value":"…"}"#, "/value"),
        (
            r#"PATCH /v1/contacts/{contact} {"defaultFields":{"emails":[{"name":"…","value":"x@example.com"}]}}"#,
            "/defaultFields/emails/0/name",
        ),
        (r#"POST /webhooks {"url":"http://localhost/…","events":["contact.updated"]}"#, "/url"),
        (r#"POST /v1/webhooks/calls {"url":"http://localhost/","events":[],"label":"…"}"#, "/label"),
    ];
    for (line, path) in table {
        let refused = json(&sandbox, ALPHA, &fill(&line.replace('…', &long), &ids), 400).await;
        assert_eq!(refused["errors"][0]["path"], path, "{line}");
        let kept = answer(&sandbox, ALPHA, &fill(&line.replace('…', "x"), &ids)).await;
        assert!(kept.status().is_success(), "{line}: {kept:?}");
    }
}

#[tokio::test]
async fn a_value_with_parts_is_one_text_or_list_on_v1() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let contact = json(&sandbox, ALPHA, r#"POST /contacts {"firstName":"Pia"}"#, 201).await;
    let contact = contact["data"]["id"].as_str().unwrap();
    for (kind, value, plain) in [
        ("address", json!({ "city": "Oakland", "street": "1 Main St" }), json!("Oakland, 1 Main St")),
        ("multi-select", json!([["a", "b"], ["c"]]), json!(["a", "b", "c"])),
    ] {
        let body = json!({ "type": kind, "value": value });
        let line = format!("POST /contacts/{contact}/properties {body}");
        let made = json(&sandbox, ALPHA, &line, 200).await;
        assert_eq!(made["data"]["value"], value);
        let v1 = json(&sandbox, ALPHA, &format!("GET /v1/contacts/{contact}"), 200).await;
        let shown = v1["data"]["customFields"].as_array().unwrap().last().unwrap();
        assert_eq!(shown["value"], plain);
    }
    for (kind, value) in [
        ("string", json!({ "a": "b" })),
        ("address", json!(["a"])),
        ("multi-select", json!([["a", 1]])),
        ("multi-select", json!({ "a": "b" })),
    ] {
        let line = format!("POST /contacts/{contact}/properties {}", json!({ "type": kind, "value": value }));
        json(&sandbox, ALPHA, &line, 400).await;
    }
    // v1 itself takes none.
    let line = r#"PATCH /v1/contacts/{contact} {"customFields":[{"key":"care-plan","value":{"a":"b"}}]}"#;
    json(&sandbox, ALPHA, &fill(line, &ids), 400).await;
}

#[tokio::test]
async fn a_contact_holds_so_many_items_and_no_more() {
    let sandbox = Sandbox::new(options().limits(Limits { contact_items: 9, ..Limits::default() }));
    let ids = ids(&sandbox, ALPHA).await;
    for (line, room) in [
        (r#"POST /contacts/{contact}/properties {"type":"string","value":"x"}"#, 3),
        (r#"POST /contacts/{contact}/notes {"text":"x"}"#, 6),
    ] {
        for _ in 0..room {
            json(&sandbox, ALPHA, &fill(line, &ids), 200).await;
        }
        json(&sandbox, ALPHA, &fill(line, &ids), 403).await;
    }
}
