"""What the Python drivers have in common, the twin of `journey.mjs` and `provider.mjs`.

Their arguments, an OAuth provider whose person consents at once, the transports, and what happens once connected: list
the tools, send one text, wait until it is delivered with a token that had to be refreshed. Only what both majors of the
SDK have by the same name is used: results are read as they were on the wire.
"""

import argparse
import asyncio
import json
import re
import time
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata
from person import approve, httpx

DELIVERY_DEADLINE_SECONDS = 30
# What a report calls each `--transport`.
TRANSPORTS = {"http": "streamable-http", "sse": "sse"}


def driver_arguments(modes=()):
    """The driver's arguments, or a usage message and exit code 2. `modes` are those of `--mode`, the default first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--transport", choices=TRANSPORTS, default="http")
    if modes:
        parser.add_argument("--mode", choices=modes, default=modes[0])
    for name in ("url", "api_key", "to", "text"):
        parser.add_argument(name)
    parser.add_argument("inbox", nargs="?", metavar="from_inbox")
    return parser.parse_args()


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


class PersonProvider(OAuthClientProvider):
    """An OAuth provider whose person consents at once, and only once.

    `callback` makes what the SDK wants to hear from the redirect's query, a dictionary.
    """

    def __init__(self, journey, client_name, callback):
        self.storage = MemoryStorage()
        redirects = []

        async def open_browser(authorize_url):
            if redirects:
                raise RuntimeError("the person was asked to consent a second time")
            redirects.append(await approve(authorize_url, journey.api_key))

        async def wait_for_callback():
            return callback(dict(parse_qsl(urlsplit(redirects[0]).query)))

        metadata = OAuthClientMetadata(
            client_name=client_name,
            # Nobody listens there: the redirect is read, never followed. Port 9 is the discard service.
            redirect_uris=["http://127.0.0.1:9/callback"],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method="none",
        )
        super().__init__(
            server_url=journey.url,
            client_metadata=metadata,
            storage=self.storage,
            redirect_handler=open_browser,
            callback_handler=wait_for_callback,
        )

    def expire_access_token(self):
        """Has the SDK believe that its token has expired, so that it refreshes ahead of the next request.

        Returns a function that says whether both tokens are new ones since.
        """
        before = self.storage.tokens
        self.context.token_expiry_time = time.time() - 1

        def is_refreshed():
            after = self.storage.tokens
            return before.access_token != after.access_token and before.refresh_token != after.refresh_token

        return is_refreshed


@asynccontextmanager
async def streams_of(journey, provider):
    """The streams of the transport that was chosen: the one to read from and the one to write to."""
    if journey.transport == "sse":
        async with sse_client(journey.url, auth=provider) as streams:
            yield streams
    else:
        async with (
            httpx.AsyncClient(auth=provider, timeout=30) as http,
            # The SDK's version 1 has a third.
            streamable_http_client(journey.url, http_client=http) as streams,
        ):
            yield streams[:2]


async def text_somebody(client, provider, journey, *, name, protocol_version):
    """The rest of the way, on a client that is connected, and the report of it."""
    tools = [tool.name for tool in (await client.list_tools()).tools]
    sent_from = {"from": journey.inbox} if journey.inbox else {}
    message_id, inbox = await send_text(client, {"to": journey.to, "content": journey.text, **sent_from})
    is_refreshed = provider.expire_access_token()
    status = await wait_until_delivered(client, message_id, inbox, journey)
    report = {
        "client": name,
        "transport": TRANSPORTS[journey.transport],
        "protocolVersion": protocol_version,
        "tools": tools,
        "messageId": message_id,
        "status": status,
        "refreshed": is_refreshed(),
    }
    print(json.dumps(report))


async def call(client, name, arguments):
    """The tool's result and its text; an error result is returned too, for the caller to read."""
    result = (await client.call_tool(name, arguments)).model_dump(by_alias=True)
    text = "\n".join(part["text"] for part in result["content"] if part["type"] == "text")
    return result, text


async def send_text(client, arguments):
    """Sends as a model would: where the answer says that an inbox must be chosen, takes the first it names.

    Returns the message's id and the inbox.
    """
    result, text = await call(client, "send-message", arguments)
    if not result["isError"]:
        return result["structuredContent"]["messageId"], arguments.get("from")
    inbox = re.search(r"\bPN[A-Za-z0-9]+", text)
    if "from" in arguments or inbox is None:
        raise RuntimeError(f"send-message failed: {text}")
    return await send_text(client, {**arguments, "from": inbox[0]})


async def wait_until_delivered(client, message_id, inbox, journey):
    """Asks until the text is delivered, and until then only for so long."""
    deadline = time.monotonic() + DELIVERY_DEADLINE_SECONDS
    arguments = {"participantPhoneNumber": journey.to, **({"inbox": inbox} if inbox else {})}
    while True:
        result, text = await call(client, "fetch-messages", arguments)
        if result["isError"]:
            raise RuntimeError(f"fetch-messages failed: {text}")
        messages = result["structuredContent"]["messages"]
        message = next((message for message in messages if message["id"] == message_id), None)
        if message and message["text"] != journey.text:
            raise RuntimeError(f"the text arrived as {message['text']!r}")
        if message and message["status"] == "delivered":
            return message["status"]
        if time.monotonic() > deadline:
            raise RuntimeError(f"the text is not delivered: {message and message['status']}")
        await asyncio.sleep(0.2)
