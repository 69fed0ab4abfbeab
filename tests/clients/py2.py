"""Drives the Python SDK v2 (`mcp`): from a 401 to a delivered text, and from a revocation to the next login.

Over Streamable HTTP or HTTP+SSE. `--mode` is how it finds the revision: `auto` (the SDK's default) asks for
`server/discover` first, over either transport, and falls back to `initialize`; `legacy` initializes.
"""

import asyncio
from contextlib import asynccontextmanager

from journey import PersonProvider, driver_arguments, live_through, streams_of
from mcp import Client
from mcp.shared.auth import AuthorizationCodeResult


def callback(query):
    """All of it, so that the SDK checks `iss` (RFC 9207) as well."""
    return AuthorizationCodeResult(code=query["code"], state=query["state"], iss=query["iss"])


async def main(journey):
    """Connects, which has the SDK log in on the way, and goes on."""
    provider = PersonProvider(journey, "Python SDK v2", callback)

    @asynccontextmanager
    async def connect():
        async with Client(streams_of(journey, provider), mode=journey.mode) as client:
            yield client, client.protocol_version

    await live_through(connect, provider, journey, name="mcp 2 (Python)")


if __name__ == "__main__":
    asyncio.run(main(driver_arguments(modes=("auto", "legacy"))))
