//! One table of requests per resource; the snapshot has status and body of each answer.

use crate::support::answers;

async fn check(name: &str, lines: &[&str]) {
    insta::assert_snapshot!(name, answers(lines).await);
}

#[tokio::test]
async fn phone_numbers() {
    let lines = [
        "GET /v1/phone-numbers",
        "GET /v1/phone-numbers?userId={office}",
        "GET /v1/phone-numbers/{inbox2}",
        "GET /phone-numbers?limit=1&include=restrictions",
        "GET /phone-numbers?phoneNumber=%2B14155550151",
        "GET /phone-numbers/{inbox}?include=businessHours",
        "GET /phone-numbers/{inbox2}?include=restrictions,businessHours",
        "GET /phone-numbers/{inbox}/users?limit=2",
        "GET /users/{office}/phone-numbers",
        "GET /users/US0/phone-numbers?include=restrictions",
        "GET /phone-numbers/available?areaCode=415&contains=016",
        "GET /phone-numbers/available?inRegion=wa",
        "GET /phone-numbers/available?countryCode=CA&inLocality=Toronto&contains=77",
        "GET /phone-numbers/available?tollFree=true&areaCode=888&contains=88",
        "GET /phone-numbers/available?countryCode=GB",
    ];
    check("phone_numbers", &lines).await;
}

#[tokio::test]
async fn users_and_organization() {
    let lines = [
        "GET /v1/users?maxResults=2",
        "GET /v1/users/{tech}",
        "GET /users?limit=1",
        "GET /users/{owner}",
        "GET /organization",
    ];
    check("users_and_organization", &lines).await;
}

#[tokio::test]
async fn messages() {
    let lines = [
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=2",
        "GET /v1/messages?phoneNumberId={inbox}&participants[]=%2B14155550101&createdBefore=2026-10-01T00:00:00Z&maxResults=1",
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550111&participants=%2B14155550114&maxResults=1",
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&userId={tech}&maxResults=1",
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550188",
        "GET /v1/messages/{message}",
        "GET /messages?limit=2",
        "GET /messages?direction=incoming&from=%2B14155550102&limit=1",
        "GET /messages?to=%2B14155550120&status=undelivered&limit=1",
        "GET /messages?to[all]=%2B14155550114,%2B14155550111&limit=1",
        "GET /messages?createdAt[gt]=2026-11-20T18:00:00Z&phoneNumberId={inbox2}",
        "GET /messages/{message}",
        r#"POST /v1/messages {"content":"On our way","from":"{inbox}","to":["+14155550188"]}"#,
        r#"POST /v1/messages {"content":"On our way","from":"+14155550150","to":["+14155550188","+14155550187"],"userId":"{tech}","setInboxStatus":"done"}"#,
        r#"POST /messages {"content":"On our way","from":"{inbox}","to":["+14155550188"]}"#,
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550188&participants=%2B14155550187",
    ];
    check("messages", &lines).await;
}

#[tokio::test]
async fn calls() {
    let lines = [
        "GET /v1/calls?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=1",
        "GET /v1/calls/{answered}",
        "GET /v1/calls/{ai}",
        "GET /v1/call-recordings/{answered}",
        "GET /v1/call-recordings/{missed}",
        "GET /v1/call-summaries/{answered}",
        "GET /v1/call-summaries/{ai}",
        "GET /v1/call-summaries/{missed}",
        "GET /v1/call-summaries/{fresh}",
        "GET /v1/call-transcripts/{answered}",
        "GET /v1/call-transcripts/{ai}",
        "GET /v1/call-transcripts/{missed}",
        "GET /v1/call-transcripts/{fresh}",
        "GET /v1/call-voicemails/{voicemail}",
        "GET /v1/call-voicemails/{missed}",
        "GET /calls?limit=2&include=summary,voicemail",
        "GET /calls?status[in]=abandoned,forwarded",
        "GET /calls?participant[in]=%2B14155550114&limit=2",
        "GET /calls?phoneNumberId={inbox2}&direction=incoming&createdAt[gte]=2026-11-14T00:00:00Z&createdAt[lte]=2026-11-16T00:00:00Z",
        "GET /calls/{missed}?include=summary,voicemail",
        "GET /calls/{answered}/recordings",
        "GET /calls/{answered}/transcripts",
        "GET /calls/{missed}/transcripts",
    ];
    check("calls", &lines).await;
}

#[tokio::test]
async fn contacts() {
    let lines = [
        "GET /v1/contacts?maxResults=1",
        "GET /v1/contacts?externalIds=HL-1004&externalIds=HL-1017&maxResults=1",
        "GET /v1/contacts?sources=nowhere",
        "GET /v1/contact-custom-fields",
        r#"POST /v1/contacts {"defaultFields":{"firstName":"Pia","lastName":"Norberg","company":null,"phoneNumbers":[{"name":"mobile","value":"+14155550161"},{"name":"gone","value":null}],"emails":[{"name":"home","value":"pia@example.com"}]},"customFields":[{"key":"care-plan","value":true},{"key":"job-types","value":["leak"]},{"key":"last-service","value":"2026-01-02T00:00:00Z"}],"externalId":"HL-2000","sourceUrl":"https://crm.example.com/2000"}"#,
        r#"POST /v1/contacts {"defaultFields":{"firstName":null},"externalId":"HL-2000"}"#,
        r#"POST /v1/contacts {"defaultFields":{"firstName":"Pia"},"customFields":[{"key":"care-plan","value":"yes"}]}"#,
        "GET /v1/contacts/{contact2}",
        r#"PATCH /v1/contacts/{contact2} {"defaultFields":{"company":"Brandt Ceramics","phoneNumbers":[{"name":"work","value":"+14155550162"}]}}"#,
        r#"PATCH /v1/contacts/{contact2} {"externalId":"HL-1001"}"#,
        "DELETE /v1/contacts/{contact2}",
        "GET /v1/contacts/{contact2}",
        "DELETE /v1/contacts/{contact2}",
    ];
    check("contacts", &lines).await;
}

#[tokio::test]
async fn conversations() {
    let lines = [
        "GET /v1/conversations?maxResults=2",
        "GET /v1/conversations?phoneNumbers={inbox2}&excludeInactive=true&updatedBefore=2026-10-20T00:00:00Z",
        "GET /v1/conversations?phoneNumber=%2B14155550151&maxResults=1",
        "GET /v1/conversations?userId={office}&phoneNumbers={inbox2}",
        "GET /conversations?limit=1",
        "GET /conversations?sort=updatedAt:asc&limit=1",
        "GET /conversations?phoneNumberId[in]={inbox2}&createdAt[gte]=2026-11-14T00:00:00Z",
        "POST /v1/conversations/{conversation}/mark-as-read",
        "POST /conversations/{conversation}/mark-as-done",
        "POST /conversations/{conversation}/mark-as-open",
    ];
    check("conversations", &lines).await;
}
