"""Drives the Python SDK v1 (`mcp`, the initialize era): from a 401 to a delivered text, and from a revocation to the next login.

Over Streamable HTTP or HTTP+SSE. Nothing but `initialize` finds the revision here, so there is no `--mode`.
"""

import asyncio
from contextlib import asynccontextmanager

from journey import PersonProvider, driver_arguments, live_through, streams_of
from mcp import ClientSession


async def main(journey):
    """Connects, which has the SDK log in on the way, and goes on."""
    provider = PersonProvider(journey, "Python SDK v1", lambda query: (query["code"], query["state"]))

    @asynccontextmanager
    async def connect():
        async with streams_of(journey, provider) as streams, ClientSession(*streams) as session:
            yield session, (await session.initialize()).protocolVersion

    await live_through(connect, provider, journey, name="mcp 1 (Python)")


if __name__ == "__main__":
    asyncio.run(main(driver_arguments()))
