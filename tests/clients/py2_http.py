"""Drives the Python SDK v2 (`mcp`): from a 401 to a delivered text over Streamable HTTP.

The SDK chooses the protocol revision itself (it probes `server/discover`). The person at the consent page is
`person.py`, the twin of `person.mjs`.
"""

import asyncio
import json
import re
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from person import answer_consent

DELIVERY_DEADLINE_SECONDS = 30


class MemoryStorage(TokenStorage):
    """Keeps the registration and the tokens for the life of this process."""

    tokens = None
    client_info = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info


def provider_for(url, api_key, storage):
    """An OAuth provider whose person consents at once, and only once."""
    redirects = []

    async def open_browser(authorize_url):
        if redirects:
            raise RuntimeError("the person was asked to consent a second time")
        redirects.append(await answer_consent(authorize_url, api_key))

    async def wait_for_callback():
        query = parse_qs(urlsplit(redirects[0]).query)
        if "code" not in query:
            raise RuntimeError(f"the redirect carries no code: {query.get('error')}")
        return AuthorizationCodeResult(code=query["code"][0], state=query["state"][0], iss=query["iss"][0])

    metadata = OAuthClientMetadata(
        client_name="Python SDK v2",
        redirect_uris=["http://127.0.0.1:9/callback"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    return OAuthClientProvider(
        server_url=url,
        client_metadata=metadata,
        storage=storage,
        redirect_handler=open_browser,
        callback_handler=wait_for_callback,
    )


async def call(client, name, arguments):
    """The tool's result; an error result is returned too, for the caller to read."""
    result = await client.call_tool(name, arguments)
    text = "\n".join(part.text for part in result.content if part.type == "text")
    return result, text


async def send_text(client, arguments):
    """Sends as a model would: where the answer says that an inbox must be chosen, takes the first it names.

    Returns the message's id and the inbox.
    """
    result, text = await call(client, "send-message", arguments)
    if not result.is_error:
        return result.structured_content["messageId"], arguments.get("from")
    inbox = re.search(r"\bPN[A-Za-z0-9]+", text)
    if "from" in arguments or inbox is None:
        raise RuntimeError(f"send-message failed: {text}")
    return await send_text(client, {**arguments, "from": inbox[0]})


async def wait_until_delivered(client, message_id, inbox, to, content):
    deadline = time.monotonic() + DELIVERY_DEADLINE_SECONDS
    arguments = {"participantPhoneNumber": to, **({"inbox": inbox} if inbox else {})}
    while True:
        result, text = await call(client, "fetch-messages", arguments)
        if result.is_error:
            raise RuntimeError(f"fetch-messages failed: {text}")
        messages = result.structured_content["messages"]
        message = next((message for message in messages if message["id"] == message_id), None)
        if message and message["text"] != content:
            raise RuntimeError(f"the text arrived as {message['text']!r}")
        if message and message["status"] == "delivered":
            return message["status"]
        if time.monotonic() > deadline:
            raise RuntimeError(f"the text is not delivered: {message and message['status']}")
        await asyncio.sleep(0.2)


async def main(url, api_key, to, content, inbox=None):
    storage = MemoryStorage()
    provider = provider_for(url, api_key, storage)
    async with httpx2.AsyncClient(auth=provider, follow_redirects=True, timeout=30) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            arguments = {"to": to, "content": content, **({"from": inbox} if inbox else {})}
            message_id, inbox = await send_text(client, arguments)

            before = storage.tokens
            # The SDK refreshes ahead of a request whose token it believes expired.
            provider.context.token_expiry_time = time.time() - 1
            await client.list_tools()
            after = storage.tokens
            refreshed = before.access_token != after.access_token and before.refresh_token != after.refresh_token

            status = await wait_until_delivered(client, message_id, inbox, to, content)
            report = {
                "client": "mcp (Python)",
                "transport": "streamable-http",
                "protocolVersion": client.protocol_version,
                "tools": tools,
                "messageId": message_id,
                "status": status,
                "refreshed": refreshed,
            }
    print(json.dumps(report))


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit("usage: py2_http.py <mcp-url> <api-key> <to-number> <text> [from-inbox]")
    asyncio.run(main(*sys.argv[1:]))
