//! Faults of what comes before a login: challenges, metadata, the transport.

use serde_json::{Value, json};

use crate::support::broken::{Answer, Asked, Fault};

const PRM: &str = "/.well-known/oauth-protected-resource";
const PRM_AT_PATH: &str = "/.well-known/oauth-protected-resource/mcp";
const SERVER: &str = "/.well-known/oauth-authorization-server";
const SERVER_AT_PATH: &str = "/.well-known/oauth-authorization-server/mcp";
const OPENID: &str = "/.well-known/openid-configuration";

fn is_tokenless(asked: &Asked) -> bool {
    asked.path == "/mcp" && asked.header("authorization").is_empty()
}

fn in_resource(
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&Asked, &mut Answer) + Send + Sync {
    move |asked, answer| {
        if asked.path.starts_with(PRM) {
            answer.edit(&change);
        }
    }
}

fn in_server(
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&Asked, &mut Answer) + Send + Sync {
    move |asked, answer| {
        if asked.path.starts_with(SERVER) {
            answer.edit(&change);
        }
    }
}

fn without(name: &'static str) -> impl Fn(&mut Value) + Send + Sync {
    move |document| {
        document.as_object_mut().unwrap().remove(name);
    }
}

fn with(name: &'static str, value: Value) -> impl Fn(&mut Value) + Send + Sync {
    move |document| document[name] = value.clone()
}

pub(super) fn challenges() -> Vec<Fault> {
    vec![
        Fault::new("no challenge in any 401", &["B7", "B8"], |asked, answer| {
            if asked.path == "/mcp" {
                answer.drop("www-authenticate");
            }
        })
        .skipping(&["B7-bare", "B7-scope", "B11", "B1-origin"]),
        Fault::new(
            "a 200 with an error page instead of the 401",
            &["B7", "B12", "B13", "K3", "K8-host"],
            |asked, answer| {
                if is_tokenless(asked) && answer.status == 401 {
                    answer.page(200);
                    answer.drop("www-authenticate");
                    answer.drop("cache-control");
                }
            },
        )
        .skipping(&["B7-bare", "B7-scope", "B11", "B1-origin"]),
        Fault::new("an error in the bare 401", &["B7-bare"], |asked, answer| {
            if is_tokenless(asked) {
                answer.challenge(|value| format!("{value}, error=\"invalid_token\""));
            }
        }),
        Fault::new("no scope in the challenge", &["B7-scope"], |asked, answer| {
            if is_tokenless(asked) {
                answer.challenge(|value| value.split(", scope=").next().unwrap().to_owned());
            }
        }),
        Fault::new("values without quotes", &["B11"], |asked, answer| {
            if asked.path == "/mcp" {
                answer.challenge(|value| value.replace('"', "").replace(", scope=", ", x="));
                answer.challenge(|value| format!("{value}, scope=\"a\""));
            }
        }),
        Fault::new("another scheme before Bearer", &["B11"], |asked, answer| {
            if asked.path == "/mcp" {
                answer.challenge(|value| format!("Negotiate, {value}"));
            }
        }),
        Fault::new("a bad token is challenged as none", &["B8"], |asked, answer| {
            if asked.path == "/mcp" {
                answer.challenge(|value| value.replace("error=\"invalid_token\", ", ""));
            }
        }),
        Fault::new("tools/list before the login", &["B12"], |asked, answer| {
            if is_tokenless(asked) && asked.json()["method"] == "tools/list" {
                answer.document(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": { "tools": [] } }));
            }
        }),
        Fault::new("the body before the login", &["B12"], |asked, answer| {
            if is_tokenless(asked) && asked.body == b"{" {
                answer.status = 400;
            }
        }),
        Fault::new("a 401 that may be kept", &["B13"], |asked, answer| {
            if asked.path == "/mcp" {
                answer.drop("cache-control");
            }
        }),
        Fault::new("a raw key as a bearer", &["K2"], |asked, answer| {
            if asked.header("authorization").contains("0123456789ab") {
                answer.document(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
            }
        }),
        Fault::new("a token in the URL", &["K3"], |asked, answer| {
            if asked.path == "/mcp" && asked.get("access_token") == "not-a-token" {
                answer.document(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
            }
        }),
        Fault::new("a crash on a long token", &["K7"], |asked, answer| {
            if asked.header("authorization").len() > 4096 {
                answer.page(500);
            }
        }),
        Fault::lenient("any origin", &["K8"], |asked| {
            if asked.path == "/mcp" && asked.header("origin") == "https://evil.example" {
                asked.headers.remove("origin");
            }
        }),
        Fault::new("the challenge repeats X-Forwarded-Host", &["K8-host"], |asked, answer| {
            let host = asked.header("x-forwarded-host").to_owned();
            if !host.is_empty() && asked.path == "/mcp" {
                answer.challenge(|value| value.replace("127.0.0.1", &host));
            }
        }),
    ]
}

pub(super) fn resource() -> Vec<Fault> {
    vec![
        Fault::new("resource_metadata leads nowhere", &["B1"], |_, answer| {
            answer.challenge(|value| value.replace(PRM_AT_PATH, "/.well-known/nowhere"));
        }),
        Fault::new("resource_metadata by http", &["B1", "B1-origin"], |_, answer| {
            answer.challenge(|value| value.replace("http://127.0.0.1", "http://mcp.example.com"));
        }),
        Fault::new("no document at the path", &["B1", "B1-path"], |asked, answer| {
            if asked.path == PRM_AT_PATH {
                answer.document(404, &json!({ "error": "not_found" }));
            }
        }),
        Fault::new("no document at the root", &["B1-root"], |asked, answer| {
            if asked.path == PRM {
                answer.document(404, &json!({ "error": "not_found" }));
            }
        }),
        Fault::new("another document at the root", &["B1-root"], |asked, answer| {
            if asked.path == PRM {
                answer.edit(|document| document["resource"] = json!("https://elsewhere.example"));
            }
        }),
        Fault::new("resource_metadata on another origin", &["B1-origin"], |_, answer| {
            answer.challenge(|value| value.replace("127.0.0.1", "localhost"));
        }),
        Fault::new("no authorization server", &["B2"], in_resource(with("authorization_servers", json!([]))))
            .skipping_much(),
        Fault::new(
            "an authorization server by http",
            &["B2"],
            in_resource(with("authorization_servers", json!(["http://mcp.example.com"]))),
        )
        .skipping_much(),
        Fault::new(
            "resource with a slash",
            &["B3"],
            in_resource(|document| {
                document["resource"] = json!(format!("{}/", document["resource"].as_str().unwrap()));
            }),
        ),
        Fault::new(
            "offline_access as a resource's scope",
            &["B4"],
            in_resource(|document| {
                document["scopes_supported"].as_array_mut().unwrap().push(json!("offline_access"));
            }),
        ),
        Fault::new(
            "tokens in the query",
            &["B5"],
            in_resource(with("bearer_methods_supported", json!(["header", "query"]))),
        ),
        Fault::new(
            "null in the resource's document",
            &["B1-null"],
            in_resource(with("resource_documentation", Value::Null)),
        ),
        Fault::new("the document behind a login", &["B1", "B1-path", "B6"], |asked, answer| {
            if asked.path == PRM_AT_PATH {
                answer.document(401, &json!({ "error": "unauthorized" }));
            }
        }),
        Fault::new("the document repeats X-Forwarded-Host", &["A2-resource"], |asked, answer| {
            let host = asked.header("x-forwarded-host").to_owned();
            if !host.is_empty() && asked.path.starts_with(PRM) {
                answer
                    .edit(|document| document["authorization_servers"] = json!([format!("https://{host}")]));
            }
        }),
    ]
}

pub(super) fn server() -> Vec<Fault> {
    vec![
        Fault::new("no metadata", &["A1"], |asked, answer| {
            if asked.path.starts_with(SERVER) {
                answer.document(404, &json!({ "error": "not_found" }));
            }
        })
        .skipping_much(),
        Fault::new("no token endpoint", &["A1"], in_server(without("token_endpoint"))).skipping_much(),
        Fault::new(
            "the issuer with a slash",
            &["A2"],
            in_server(|document| {
                document["issuer"] = json!(format!("{}/", document["issuer"].as_str().unwrap()));
            }),
        ),
        Fault::new("the metadata repeat Host", &["A2-host"], |asked, answer| {
            if asked.header("host") == "evil.example" && asked.path.starts_with(SERVER) {
                answer.edit(|document| document["token_endpoint"] = json!("https://evil.example/token"));
            }
        }),
        Fault::new("no PKCE methods", &["A3"], in_server(without("code_challenge_methods_supported"))),
        Fault::new(
            "plain PKCE advertised",
            &["A3"],
            in_server(with("code_challenge_methods_supported", json!(["plain", "S256"]))),
        ),
        Fault::new(
            "no iss advertised",
            &["A5"],
            in_server(without("authorization_response_iss_parameter_supported")),
        ),
        Fault::new(
            "no public clients",
            &["A6"],
            in_server(with("token_endpoint_auth_methods_supported", json!(["client_secret_basic"]))),
        ),
        Fault::new(
            "no offline_access",
            &["A7"],
            in_server(|document| {
                document["scopes_supported"]
                    .as_array_mut()
                    .unwrap()
                    .retain(|scope| scope != "offline_access");
            }),
        ),
        Fault::new(
            "no refresh advertised",
            &["A8"],
            in_server(with("grant_types_supported", json!(["authorization_code"]))),
        ),
        Fault::new(
            "an endpoint that is not there",
            &["A8-there"],
            in_server(|document| {
                let issuer = document["issuer"].as_str().unwrap().to_owned();
                document["introspection_endpoint"] = json!(format!("{issuer}/introspect"));
            }),
        ),
        Fault::new(
            "an endpoint by http",
            &["A8-urls"],
            in_server(with("jwks_uri", json!("http://mcp.example.com/jwks"))),
        ),
        Fault::new(
            "an endpoint with a command in it",
            &["A8-urls"],
            in_server(with("jwks_uri", json!("https://x.invalid/$(calc)"))),
        ),
        Fault::new(
            "null in the metadata",
            &["A8-null"],
            in_server(with("service_documentation", Value::Null)),
        ),
        Fault::new("no metadata at the path", &["A9"], |asked, answer| {
            if asked.path == SERVER_AT_PATH {
                answer.document(404, &json!({ "error": "not_found" }));
            }
        }),
        Fault::new("a page for openid-configuration", &["A9-openid"], |asked, answer| {
            if asked.path == OPENID {
                answer.page(404);
            }
        }),
        Fault::new("a 500 for openid-configuration", &["A9-openid", "B6"], |asked, answer| {
            if asked.path == OPENID {
                answer.status = 500;
            }
        }),
        Fault::new(
            "no way to register",
            &["A10"],
            in_server(|document| {
                without("registration_endpoint")(document);
                without("client_id_metadata_document_supported")(document);
            }),
        )
        .skipping_much(),
        Fault::new("metadata kept for a day", &["A11"], |asked, answer| {
            if asked.path == SERVER {
                answer.set("cache-control", "public, max-age=86400");
            }
        }),
    ]
}

pub(super) fn transport() -> Vec<Fault> {
    vec![
        Fault::new("an endpoint that hangs up", &["T1"], |asked, answer| {
            answer.closes = asked.path == SERVER_AT_PATH;
        })
        .skipping(&["B6", "A9"]),
        Fault::new("an endpoint that does not answer", &["T2"], |asked, answer| {
            answer.hangs = asked.path == SERVER_AT_PATH;
        })
        .skipping(&["B6", "A9"]),
        Fault::new("a redirect away from the slash", &["L5", "L5-redirects"], |asked, answer| {
            if asked.path == "/mcp/" {
                answer.redirect(308, "/mcp");
            }
        }),
        Fault::new("nothing at the slash", &["L5"], |asked, answer| {
            if asked.path == "/mcp/" {
                answer.document(404, &json!({ "error": "not_found" }));
            }
        }),
        Fault::new("a redirect to another host", &["B1-root", "B6", "L5-redirects"], |asked, answer| {
            if asked.path == PRM {
                answer.redirect(302, "https://www.example.com/metadata");
            }
        }),
    ]
}
