//! Section 11: questions to the person, and to the client's model, in each revision's way.

use super::super::{LEGACY, MODERN, On, Row, SSE, V0326, V0618, V1125, WITH_HEADER};

/// The revisions that ask for pages, over HTTP+SSE.
const SSE_WITH_FORMS: &[On] = &[SSE[2], SSE[3]];

pub(super) const ROWS: &[Row] = &[
    Row("elicit.schema", MODERN, r#"
        # Flat, of the few types that there are.
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-every-field"}
        < 200 {"result": {"inputRequests": {"who": {"method": "elicitation/create", "params": {"$exact": {"mode": "form", "message": "Who?", "requestedSchema": {"type": "object", "required": ["email"], "properties": {"email": {"type": "string", "format": "email", "minLength": 3, "maxLength": 64}, "day": {"type": "string", "format": "date", "default": "2026-07-28"}, "age": {"type": "integer", "minimum": 0, "maximum": 150}, "share": {"type": "number"}, "sure": {"type": "boolean"}, "color": {"type": "string", "oneOf": [{"const": "r", "title": "Red"}, {"const": "g", "title": "Green"}]}, "sizes": {"type": "array", "items": {"type": "string", "enum": ["s", "m", "l"]}, "minItems": 0, "maxItems": 2}}}}}}}}}
    "#),
    Row("elicit.schema; elicit.legacy", V1125, r#"
        ! caps {"elicitation": {"form": {}}}
        ! session
        a> tools/call {"name": "ask-every-field"}
        a< 200 events
        a< {"id": "$ask", "method": "elicitation/create", "params": {"mode": "form", "requestedSchema": {"properties": {"color": {"oneOf": [{"const": "r", "title": "Red"}, {"const": "g", "title": "Green"}]}, "sizes": {"type": "array"}}}}}
        > reply $ask {"action": "accept", "content": {"email": "a@b.c", "color": "r", "sizes": ["s", "m"], "unasked": 1}}
        < 202
        a< {"result": {"content": [{"text": "{\"accepted\":{\"color\":\"r\",\"email\":\"a@b.c\",\"sizes\":[\"s\",\"m\"]}}"}]}}
        a< end
    "#),
    Row("elicit.schema; elicit.legacy", V0618, r#"
        # The types that came later are written as those that there were.
        ! caps {"elicitation": {}}
        ! session
        a> tools/call {"name": "ask-every-field"}
        a< 200 events
        a< {"id": "$ask", "method": "elicitation/create", "params": {"mode": "-", "message": "Who?", "requestedSchema": {"properties": {"color": {"$exact": {"type": "string", "enum": ["r", "g"], "enumNames": ["Red", "Green"]}}, "sizes": {"$exact": {"type": "string", "enum": ["s", "m", "l"]}}}}}}
        > reply $ask {"action": "accept", "content": {"email": "a@b.c", "sizes": "s"}}
        < 202
        a< {"result": {"content": [{"text": "{\"accepted\":{\"email\":\"a@b.c\",\"sizes\":[\"s\"]}}"}]}}
        a< end
    "#),
    Row("elicit.actions", MODERN, r#"
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}}}
        < 200 {"result": {"content": [{"text": "{\"accepted\":{\"ok\":true}}"}]}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": {"action": "decline"}}}
        < 200 {"result": {"content": [{"text": "\"declined\""}]}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": {"action": "cancel"}}}
        < 200 {"result": {"content": [{"text": "\"cancelled\""}]}}
        # Against the schema: types, bounds, choices, what is required; and what nobody asked for is left out.
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {}}}}
        < 200 {"error": {"code": -32602, "message": "~email"}}
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {"email": "ab"}}}}
        < 200 {"error": {"code": -32602, "message": "~email"}}
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {"email": "a@b.c", "age": 151}}}}
        < 200 {"error": {"code": -32602, "message": "~age"}}
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {"email": "a@b.c", "age": 1.5}}}}
        < 200 {"error": {"code": -32602, "message": "~age"}}
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {"email": "a@b.c", "color": "blue"}}}}
        < 200 {"error": {"code": -32602, "message": "~color"}}
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {"email": "a@b.c", "sizes": ["s", "m", "l"]}}}}
        < 200 {"error": {"code": -32602, "message": "~sizes"}}
        > tools/call {"name": "ask-every-field", "inputResponses": {"who": {"action": "accept", "content": {"email": "a@b.c", "unasked": 1}}}}
        < 200 {"result": {"content": [{"text": "{\"accepted\":{\"email\":\"a@b.c\"}}"}]}}
    "#),
    Row("elicit.actions; elicit.legacy", WITH_HEADER, r#"
        ! caps {"elicitation": {}}
        ! session
        a> tools/call {"name": "ask-form"}
        a< 200 events
        a< {"id": "$yes", "method": "elicitation/create", "params": {"message": "Go on?", "requestedSchema": {"type": "object", "properties": {"ok": {"type": "boolean"}}}}}
        > reply $yes {"action": "accept", "content": {"ok": true}}
        < 202
        a< {"result": {"content": [{"text": "{\"accepted\":{\"ok\":true}}"}]}}
        a< end
        a> tools/call {"name": "ask-form"}
        a< 200 events
        a< {"id": "$no", "method": "elicitation/create"}
        > reply $no {"action": "decline"}
        < 202
        a< {"result": {"content": [{"text": "\"declined\""}]}}
        a< end
        ! differ yes no
        a> tools/call {"name": "ask-form"}
        a< 200 events
        a< {"id": "$bad", "method": "elicitation/create"}
        > reply $bad {"action": "accept", "content": {"ok": "yes"}}
        < 202
        a< {"error": {"code": -32602, "message": "~confirm"}}
        a< end
    "#),
    Row("elicit.actions; elicit.legacy", SSE_WITH_FORMS, r#"
        ! caps {"elicitation": {}}
        ! connect
        > tools/call {"name": "ask-form"}
          + id "call"
        < 202 Accepted
        s< {"id": "$ask", "method": "elicitation/create", "params": {"message": "Go on?"}}
        > reply $ask {"action": "cancel"}
        < 202 Accepted
        s< {"id": "call", "result": {"content": [{"text": "\"cancelled\""}]}}
    "#),
    Row("elicit.mode; elicit.legacy", LEGACY, r#"
        # Nobody is asked who did not say that it can be.
        ! session
        > tools/call {"name": "ask-form"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-page"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-unchecked"}
        < 200 {"error": {"code": -32602}}
        # Nor without a session, where nothing is known of the client.
        > tools/call {"name": "ask-form"}
          Mcp-Session-Id: -
        < 200 {"error": {"code": -32602}}
    "#),
    Row("elicit.mode; elicit.legacy", V0326, r#"
        # There is no elicitation yet, whatever the client says.
        ! caps {"elicitation": {"form": {}, "url": {}}}
        ! session
        > tools/call {"name": "ask-form"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-page"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("elicit.mode", V1125, r#"
        # `{}` is a form, and no page; and the other way round.
        ! caps {"elicitation": {}}
        ! session
        > tools/call {"name": "ask-page"}
        < 200 {"error": {"code": -32602}}
        ! caps {"elicitation": {"url": {}}}
        ! session
        > tools/call {"name": "ask-form"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("elicit.mode; v26.mrtr.caps", SSE, r#"
        ! connect
        > tools/call {"name": "ask-form"}
        < 202 Accepted
        s< {"error": {"code": -32602}}
        > tools/call {"name": "ask-model"}
        < 202 Accepted
        s< {"error": {"code": -32602}}
    "#),
    Row("elicit.url", MODERN, r#"
        # Where to, and why; nothing about who is asked.
        ! caps {"elicitation": {"url": {}}}
        > tools/call {"name": "ask-page"}
        < 200 {"result": {"inputRequests": {"page": {"$exact": {"method": "elicitation/create", "params": {"mode": "url", "message": "Sign in first.", "url": "https://example.com/sign-in?visit=1"}}}}}}
        > tools/call {"name": "ask-page", "inputResponses": {"page": {"action": "accept", "content": {"password": "not for us"}}}}
        < 200 {"result": {"content": [{"text": "{\"accepted\":{}}"}]}}
        > tools/call {"name": "ask-page", "inputResponses": {"page": {"action": "decline"}}}
        < 200 {"result": {"content": [{"text": "\"declined\""}]}}
    "#),
    Row("dual.projection; v26.mrtr.where", LEGACY, r#"
        # One handler serves both eras: here it asks with requests, several at once and one after another.
        ! caps {"elicitation": {}, "sampling": {}, "roots": {}}
        ! session
        a> resources/read {"uri": "test://text"}
        a< 200 {"result": {}}
        b> tools/call {"name": "ask-model"}
        b< 200 events
        b< {"id": "$model", "method": "sampling/createMessage", "params": {"messages": [{"role": "user", "content": {"type": "text", "text": "How are you?"}}], "maxTokens": 20}}
        > reply $model {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}
        < 202
        b< {"result": {"content": [{"text": "\"fine\""}]}}
        b< end
        c> tools/call {"name": "ask-roots"}
        c< 200 events
        c< {"id": "$roots", "method": "roots/list"}
        > reply $roots {"roots": [{"uri": "file:///a", "name": "a"}]}
        < 202
        c< {"result": {"content": [{"text": "[{\"uri\":\"file:///a\",\"name\":\"a\"}]"}]}}
        c< end
    "#),
    Row("dual.projection; v26.mrtr.where", WITH_HEADER, r#"
        ! caps {"elicitation": {}, "sampling": {}, "roots": {}}
        ! session
        a> tools/call {"name": "ask-all"}
        a< 200 events
        a< {"id": "$confirm", "method": "elicitation/create"}
        a< {"id": "$model", "method": "sampling/createMessage"}
        a< {"id": "$roots", "method": "roots/list"}
        # In any order.
        > reply $roots {"roots": []}
        < 202
        > reply $confirm {"action": "accept", "content": {"ok": false}}
        < 202
        > reply $model {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}
        < 202
        a< {"result": {"content": [{"text": "{\"confirm\":{\"accepted\":{\"ok\":false}},\"model\":\"fine\",\"roots\":0}"}]}}
        a< end
        b> tools/call {"name": "ask-twice"}
        b< 200 events
        b< {"id": "$first", "method": "elicitation/create", "params": {"message": "Which name?"}}
        > reply $first {"action": "accept", "content": {"name": "Ada"}}
        < 202
        b< {"id": "$second", "method": "elicitation/create", "params": {"message": "~Ada"}}
        > reply $second {"action": "accept", "content": {"ok": true}}
        < 202
        b< {"result": {"content": [{"text": "~Ada"}]}}
        b< end
        c> prompts/get {"name": "asks"}
        c< 200 events
        c< {"id": "$prompt", "method": "elicitation/create"}
        > reply $prompt {"action": "decline"}
        < 202
        c< {"result": {"messages": "*"}}
        d> resources/read {"uri": "test://asks"}
        d< 200 events
        d< {"id": "$resource", "method": "elicitation/create"}
        > reply $resource {"action": "decline"}
        < 202
        d< {"result": {"contents": "*"}}
    "#),
];
