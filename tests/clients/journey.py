"""What the Python drivers have in common, the twin of `journey.mjs` and `provider.mjs`.

Their arguments, an OAuth provider whose person consents at once, the transports, what happens once connected (list the
tools, send one text, wait until it is delivered with a token that had to be refreshed), and what happens when the
connection is revoked. Only what both majors of the SDK have by the same name is used: results are read as they were on the
wire.
"""

import argparse
import asyncio
import json
import re
import time
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from person import approve, httpx

DELIVERY_DEADLINE_SECONDS = 30
# How often the person consents: at the login, and once more after the connection was revoked.
CONSENTS = 2
# What a report calls each `--transport`.
TRANSPORTS = {"http": "streamable-http", "sse": "sse"}


def driver_arguments(modes=()):
    """The driver's arguments, or a usage message and exit code 2. `modes` are those of `--mode`, the default first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--transport", choices=TRANSPORTS, default="http")
    parser.add_argument("--credentials", type=Path)
    parser.add_argument("--client-metadata-url")
    if modes:
        parser.add_argument("--mode", choices=modes, default=modes[0])
    for name in ("url", "api_key", "to", "text"):
        parser.add_argument(name)
    parser.add_argument("inbox", nargs="?", metavar="from_inbox")
    return parser.parse_args()


class Storage(TokenStorage):
    """Keeps the registration and the tokens, in memory or in a file from one run to the next."""

    def __init__(self, file):
        self.file = file
        kept = json.loads(file.read_text()) if file and file.exists() else {}
        self.tokens = OAuthToken.model_validate(kept["tokens"]) if kept else None
        self.client_info = OAuthClientInformationFull.model_validate(kept["client"]) if kept else None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        if self.file:
            kept = {"client": self.client_info, "tokens": tokens}
            self.file.write_text(json.dumps({name: value.model_dump(mode="json") for name, value in kept.items()}))

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info


class PersonProvider(OAuthClientProvider):
    """An OAuth provider whose person consents at once, as often as is expected.

    `callback` makes what the SDK wants to hear from the redirect's query, a dictionary.
    """

    def __init__(self, journey, client_name, callback):
        self.storage = Storage(journey.credentials)
        self.redirects = []

        async def open_browser(authorize_url):
            if len(self.redirects) == CONSENTS:
                raise RuntimeError(f"the person was asked to consent more than {CONSENTS} times")
            self.redirects.append(await approve(authorize_url, journey.api_key))

        async def wait_for_callback():
            return callback(dict(parse_qsl(urlsplit(self.redirects[-1]).query)))

        # Nobody listens there: the redirect is read, never followed. Port 9 is the discard service. Documents name the
        # host alone.
        host = "localhost" if journey.client_metadata_url else "127.0.0.1"
        metadata = OAuthClientMetadata(
            client_name=client_name,
            redirect_uris=[f"http://{host}:9/callback"],
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
            client_metadata_url=journey.client_metadata_url,
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

    async def revoke(self):
        """Ends the connection as an app does when its user disconnects it (RFC 7009): the SDKs have no call for that."""
        form = {
            "token": self.storage.tokens.refresh_token,
            "token_type_hint": "refresh_token",
            "client_id": self.storage.client_info.client_id,
        }
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(str(self.context.oauth_metadata.revocation_endpoint), data=form)
        if answer.status_code != 200:
            raise RuntimeError(f"the revocation was answered with {answer.status_code}: {answer.text}")


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


async def live_through(connect, provider, journey, *, name):
    """The whole life of a connection, and the report of it.

    From nothing to a delivered text and a refreshed token; then the grant is revoked, which has the SDK ask the person
    again, and the text is still there. `connect` is an asynchronous context: a client that is connected, and its revision.
    """
    async with connect() as (client, version):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        sent_from = {"from": journey.inbox} if journey.inbox else {}
        message_id, inbox = await send_text(client, {"to": journey.to, "content": journey.text, **sent_from})
        is_refreshed = provider.expire_access_token()
        status = await wait_until_delivered(client, message_id, inbox, journey)
        report = {
            "client": name,
            "transport": TRANSPORTS[journey.transport],
            "protocolVersion": version,
            "tools": tools,
            "messageId": message_id,
            "status": status,
            "refreshed": is_refreshed(),
        }
        if len(provider.redirects) != 1:
            raise RuntimeError(f"the person consented {len(provider.redirects)} times, and not once")

        client_id = provider.storage.client_info.client_id
        await provider.revoke()
        provider.expire_access_token()
        if journey.transport == "http":
            # The SDK's way to be unauthorized is to ask the person again, within the same call.
            await look(client, message_id, inbox, journey)
    if journey.transport == "sse":
        # An open stream is bound to the grant that opened it: the next one comes with the next start of the app.
        async with connect() as (client, _):
            await look(client, message_id, inbox, journey)
    if provider.storage.client_info.client_id != client_id:
        raise RuntimeError("a refused refresh led to a new registration")
    print(json.dumps({**report, "afterRevocation": "consent", "consents": len(provider.redirects)}))


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
    while True:
        message = await look(client, message_id, inbox, journey)
        if message and message["status"] == "delivered":
            return message["status"]
        if time.monotonic() > deadline:
            raise RuntimeError(f"the text is not delivered: {message and message['status']}")
        await asyncio.sleep(0.2)


async def look(client, message_id, inbox, journey):
    """The text that was sent, as the server has it now; None while it does not."""
    arguments = {"participantPhoneNumber": journey.to, **({"inbox": inbox} if inbox else {})}
    result, text = await call(client, "fetch-messages", arguments)
    if result["isError"]:
        raise RuntimeError(f"fetch-messages failed: {text}")
    messages = result["structuredContent"]["messages"]
    message = next((message for message in messages if message["id"] == message_id), None)
    if message and message["text"] != journey.text:
        raise RuntimeError(f"the text arrived as {message['text']!r}")
    return message
