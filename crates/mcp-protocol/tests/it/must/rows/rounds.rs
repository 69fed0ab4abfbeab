//! Section 7.8: calls that take several rounds (2026-07-28).

use super::super::{MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("v26.mrtr.where; v26.mrtr.kinds", MODERN, r#"
        ! caps {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}}
        > tools/call {"name": "ask-form"}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"$exact": {"confirm": {"method": "elicitation/create", "params": {"mode": "form", "message": "Go on?", "requestedSchema": {"type": "object", "properties": {"ok": {"type": "boolean", "default": false}}, "required": ["ok"]}}}}}}}
        > prompts/get {"name": "asks"}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": {"method": "elicitation/create"}}}}
        > resources/read {"uri": "test://asks"}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": {"method": "elicitation/create"}}}}
        > tools/call {"name": "ask-model"}
        < 200 {"result": {"inputRequests": {"$exact": {"model": {"method": "sampling/createMessage", "params": {"messages": [{"role": "user", "content": {"type": "text", "text": "How are you?"}}], "maxTokens": 20}}}}}}
        > tools/call {"name": "ask-roots"}
        < 200 {"result": {"inputRequests": {"$exact": {"roots": {"method": "roots/list"}}}}}
        > tools/call {"name": "ask-model-with-tools"}
        < 200 {"result": {"inputRequests": {"model": {"method": "sampling/createMessage", "params": {"tools": [{"name": "lent"}], "toolChoice": {"mode": "auto"}}}}}}
        # Nothing else asks, whatever it is sent.
        > tools/list {"inputResponses": {"confirm": {"action": "accept"}}, "requestState": "x"}
        < 200 {"result": {"resultType": "complete"}}
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "A"}}
        < 200 {"result": {"resultType": "complete"}}
    "#),
    Row("v26.mrtr.atleast", MODERN, r#"
        # Only questions, only a state, both; never neither.
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-form"}
        < 200 {"result": {"resultType": "input_required", "inputRequests": "*", "requestState": "-"}}
        > tools/call {"name": "ask-with-state"}
        < 200 {"result": {"resultType": "input_required", "inputRequests": "-", "requestState": "$state"}}
        > tools/call {"name": "ask-with-state", "requestState": "$state"}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": "*"}, "requestState": "$second"}}
        ! differ state second
        > tools/call {"name": "ask-with-state", "requestState": "$second", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}}}
        < 200 {"result": {"resultType": "complete", "content": [{"text": "{\"confirm\":{\"accepted\":{\"ok\":true}},\"state\":{\"secret\":\"seven\"}}"}]}}
        > tools/call {"name": "ask-nothing"}
        < 200 {"error": {"code": -32603}}
    "#),
    Row("v26.mrtr.caps; elicit.mode", MODERN, r#"
        > tools/call {"name": "ask-form"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"elicitation": {"form": {}}}}}}}
        # `{}` is a form, and no page.
        > tools/call {"name": "ask-form"}
          + caps {"elicitation": {}}
        < 200 {"result": {"resultType": "input_required"}}
        > tools/call {"name": "ask-page"}
          + caps {"elicitation": {}}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"elicitation": {"url": {}}}}}}}
        > tools/call {"name": "ask-form"}
          + caps {"elicitation": {"url": {}}}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"elicitation": {"form": {}}}}}}}
        > tools/call {"name": "ask-page"}
          + caps {"elicitation": {"url": {}}}
        < 200 {"result": {"inputRequests": {"page": {"params": {"mode": "url"}}}}}
        > tools/call {"name": "ask-form"}
          + caps {"elicitation": {"form": {}, "url": {}}}
        < 200 {"result": {"resultType": "input_required"}}
        > tools/call {"name": "ask-model-with-tools"}
          + caps {"sampling": {}}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"sampling": {"tools": {}}}}}}}
        # Of several, one that is lacking is enough; a handler that does not look is looked after.
        > tools/call {"name": "ask-all"}
          + caps {"elicitation": {}, "roots": {}}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"sampling": {}}}}}}
        > tools/call {"name": "ask-unchecked"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"elicitation": {"form": {}}}}}}}
        > tools/call {"name": "ask-unchecked"}
          + caps {"elicitation": {}}
        < 200 {"result": {"resultType": "input_required"}}
    "#),
    Row("v26.mrtr.caps; v26.mrtr.state.bind", MODERN, r#"
        # Declared for the first round and not for the second: not asked again.
        > tools/call {"name": "ask-twice"}
          + caps {"elicitation": {}}
        < 200 {"result": {"inputRequests": {"name": "*"}}}
        > tools/call {"name": "ask-twice", "inputResponses": {"name": {"action": "accept", "content": {"name": "Ada"}}}}
        < 400 {"error": {"code": -32021}}
    "#),
    Row("v26.mrtr.state.integrity", MODERN, r#"
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-with-state"}
        < 200 {"result": {"requestState": "$state"}}
        ! visible-ascii state
        # Not readable, so not guessable: what the server keeps in it is sealed.
        > tools/call {"name": "echo", "arguments": {"text": "$state"}}
        < 200 {"result": {"content": [{"text": "$state"}]}}
        ! keep state good
        > tools/call {"name": "ask-with-state", "requestState": "$good"}
        < 200 {"result": {"resultType": "input_required"}}
        # Changed, cut, made up, of another type.
        > tools/call {"name": "ask-with-state", "requestState": "$goodA"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-with-state", "requestState": ""}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-with-state", "requestState": "eyJzZWNyZXQiOiJzZXZlbiJ9"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-with-state", "requestState": {"secret": "seven"}}
        < 200 {"error": {"code": -32602}}
        ! forge good
        > tools/call {"name": "ask-with-state", "requestState": "$good"}
        < 200 {"error": {"code": -32602}}
        # Also where no state was given: it is looked at before the call begins.
        > tools/call {"name": "echo", "requestState": "x"}
        < 200 {"error": {"code": -32602}}
        > prompts/get {"name": "greet", "requestState": "x"}
        < 200 {"error": {"code": -32602}}
        > resources/read {"uri": "test://text", "requestState": "x"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("v26.mrtr.state.integrity", MODERN, r#"
        # The answers of earlier rounds are in the state: a later round can neither change them nor do without it.
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-twice"}
        < 200 {"result": {"inputRequests": {"name": "*"}}}
        > tools/call {"name": "ask-twice", "inputResponses": {"name": {"action": "accept", "content": {"name": "Ada"}}}}
        < 200 {"result": {"inputRequests": {"confirm": {"params": {"message": "~Ada"}}}, "requestState": "$state"}}
        > tools/call {"name": "ask-twice", "requestState": "$state", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}}}
        < 200 {"result": {"resultType": "complete", "content": [{"text": "~\"name\":\"Ada\""}]}}
        > tools/call {"name": "ask-twice", "requestState": "$state", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}, "name": {"action": "accept", "content": {"name": "Eve"}}}}
        < 200 {"result": {"resultType": "complete", "content": [{"text": "~\"name\":\"Ada\""}]}}
    "#),
    Row("v26.mrtr.state.bind", MODERN, r#"
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-with-state", "arguments": {"n": 1}}
        < 200 {"result": {"requestState": "$state"}}
        # Of another party, another tool, other arguments, another method.
        > tools/call {"name": "ask-with-state", "arguments": {"n": 1}, "requestState": "$state"}
          + as mallory
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-form", "arguments": {"n": 1}, "requestState": "$state"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-with-state", "arguments": {"n": 2}, "requestState": "$state"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-with-state", "requestState": "$state"}
        < 200 {"error": {"code": -32602}}
        > prompts/get {"name": "ask-with-state", "requestState": "$state"}
        < 200 {"error": {"code": -32602}}
        # Of its own call, for an hour; whatever else the request says.
        ! clock 3600
        > tools/call {"requestState": "$state", "arguments": {"n": 1}, "name": "ask-with-state"}
          + meta {"clientInfo": "-", "progressToken": 9}
        < 200 {"result": {"resultType": "input_required"}}
        ! clock 1
        > tools/call {"name": "ask-with-state", "arguments": {"n": 1}, "requestState": "$state"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("v26.mrtr.missing", MODERN, r#"
        ! caps {"elicitation": {}, "sampling": {}, "roots": {}}
        > tools/call {"name": "ask-all"}
        < 200 {"result": {"inputRequests": {"confirm": "*", "model": "*", "roots": "*"}}}
        # One of three: the others are asked for again.
        > tools/call {"name": "ask-all", "inputResponses": {"roots": {"roots": [{"uri": "file:///a"}]}}}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": "*", "model": "*", "roots": "-"}, "requestState": "$state"}}
        # What nobody asked for is ignored.
        > tools/call {"name": "ask-all", "requestState": "$state", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}, "unknown": {"action": "accept"}, "other": 7}}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": "-", "model": "*", "roots": "-"}, "requestState": "$second"}}
        > tools/call {"name": "ask-all", "requestState": "$second", "inputResponses": {"model": {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}}}
        < 200 {"result": {"resultType": "complete", "content": [{"text": "{\"confirm\":{\"accepted\":{\"ok\":true}},\"model\":\"fine\",\"roots\":1}"}]}}
        # None at all.
        > tools/call {"name": "ask-form", "inputResponses": {}}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": "*"}}}
        > tools/call {"name": "ask-form", "inputResponses": {"other": {"action": "accept"}}}
        < 200 {"result": {"resultType": "input_required", "inputRequests": {"confirm": "*"}}}
    "#),
    Row("v26.mrtr.missing; elicit.actions", MODERN, r#"
        # What does not fit is an error.
        ! caps {"elicitation": {}, "sampling": {}, "roots": {}}
        > tools/call {"name": "ask-form", "inputResponses": []}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": "yes"}}}}
        < 200 {"error": {"code": -32602, "message": "~confirm"}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": {"action": "accept"}}}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": {"action": "agree"}}}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-form", "inputResponses": {"confirm": null}}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-model", "inputResponses": {"model": {"content": 7}}}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-roots", "inputResponses": {"roots": {"roots": "file:///a"}}}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("v26.mrtr.noassume", MODERN, r#"
        # Between the rounds nothing waits, and the second may come to a server that never saw the first.
        ! caps {"elicitation": {}}
        > tools/call {"name": "ask-form"}
        < 200 {"result": {"resultType": "input_required"}}
        > prompts/get {"name": "asks"}
        < 200 {"result": {"resultType": "input_required"}}
        > resources/read {"uri": "test://asks"}
        < 200 {"result": {"resultType": "input_required"}}
        ! busy 0
        ! streams 0
    "#),
];
