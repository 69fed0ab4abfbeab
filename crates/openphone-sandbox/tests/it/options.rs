//! What a sandbox can be told to do otherwise.

use openphone_sandbox::{ErrorForm, Fault, On, Sandbox, V1ContactUpdate, V1Parameters};
use serde_json::{Value, json};

use crate::support::{ALPHA, answer, fill, ids, json, options, sandbox, show};

#[tokio::test]
async fn a_strict_v1_wants_what_its_document_wants() {
    let table = [
        // The parameters that each request has too few or too many, and where.
        ("GET /v1/contacts", Some("/maxResults")),
        ("GET /v1/users", Some("/maxResults")),
        ("GET /v1/tasks", Some("/maxResults")),
        ("GET /v1/conversations?excludeInactive=true", Some("/maxResults")),
        ("GET /v1/contacts?maxResults=5&pageSize=5", Some("/pageSize")),
        (
            "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&participants[]=%2B14155550102&maxResults=5",
            Some("/participants[]"),
        ),
        ("GET /v1/contacts/{contact}?verbose=1", Some("/verbose")),
        ("GET /v1/contacts?maxResults=5&maxResults=6", Some("/maxResults")),
        ("GET /v1/contacts?maxResults=5&sources=public-api&sources=csv", None),
        ("POST /v1/conversations/{conversation}/mark-as-read?when=now", Some("/when")),
        ("GET /v1/contacts?maxResults=5&externalIds=HL-1001&sources=public-api", None),
        (
            "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=5&userId={owner}&createdAfter=2026-01-01T00:00:00Z&createdBefore=2026-12-01T00:00:00Z&since=2026-12-01T00:00:00Z",
            None,
        ),
        (
            "GET /v1/calls?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=5&userId={owner}&since=2026-12-01T00:00:00Z",
            None,
        ),
        (
            "GET /v1/conversations?maxResults=5&phoneNumbers={inbox}&phoneNumber={inbox}&userId={owner}&updatedAfter=2026-01-01T00:00:00Z&createdBefore=2026-12-01T00:00:00Z",
            None,
        ),
        ("GET /v1/phone-numbers?userId={owner}", None),
        ("GET /users", None),
    ];
    let strict = Sandbox::new(options().v1_parameters(V1Parameters::Strict));
    let lenient = sandbox();
    let ids = ids(&lenient, ALPHA).await;
    for (line, wrong) in table {
        let line = fill(line, &ids);
        assert_eq!(answer(&lenient, ALPHA, &line).await.status(), 200, "{line}");
        let answer = answer(&strict, ALPHA, &line).await;
        match wrong {
            None => assert_eq!(answer.status(), 200, "{line}"),
            Some(path) => {
                assert_eq!(answer.status(), 400, "{line}");
                let body: Value = serde_json::from_slice(answer.body()).unwrap();
                let paths: Vec<_> =
                    body["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
                assert_eq!(paths, [path], "{line}");
            }
        }
    }
}

#[tokio::test]
async fn an_update_of_a_v1_contact_keeps_or_clears_the_names_it_leaves_out() {
    let names = |contact: &Value| {
        let fields = &contact["data"]["defaultFields"];
        json!([fields["firstName"], fields["lastName"], fields["role"], contact["data"]["externalId"]])
    };
    for (update, renamed) in [
        (V1ContactUpdate::KeepsNames, json!(["Leonora", "Castillo", "Homeowner", "HL-1001"])),
        (V1ContactUpdate::ClearsNames, json!(["Leonora", null, null, "HL-1001"])),
    ] {
        let sandbox = Sandbox::new(options().v1_contact_update(update));
        let ids = ids(&sandbox, ALPHA).await;
        let untouched = fill(r#"PATCH /v1/contacts/{contact} {"sourceUrl":null}"#, &ids);
        let untouched = json(&sandbox, ALPHA, &untouched, 200).await;
        assert_eq!(names(&untouched), json!(["Nora", "Castillo", "Homeowner", "HL-1001"]));
        let rename = fill(r#"PATCH /v1/contacts/{contact} {"defaultFields":{"firstName":"Leonora"}}"#, &ids);
        assert_eq!(names(&json(&sandbox, ALPHA, &rename, 200).await), renamed);
    }
}

#[tokio::test]
async fn a_429_is_flat_or_wrapped_as_told() {
    let mut shown = String::new();
    for form in [ErrorForm::Flat, ErrorForm::Wrapped] {
        // Both ways to it: no budget, and the fault.
        let spent = Sandbox::new(options().too_many_requests_form(form).requests_per_second(0));
        let faulty = Sandbox::new(options().too_many_requests_form(form));
        faulty.faults().always(On::any(), Fault::too_many_requests(None));
        for line in ["GET /v1/users", "GET /users"] {
            let answer_of_spent = show(&format!("{form:?} {line}"), &answer(&spent, ALPHA, line).await);
            let answer_of_faulty = show(&format!("{form:?} {line}"), &answer(&faulty, ALPHA, line).await);
            assert_eq!(answer_of_spent, answer_of_faulty);
            shown.push_str(&answer_of_spent);
        }
    }
    insta::assert_snapshot!("forms_of_429", shown);
}
