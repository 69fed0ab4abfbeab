"""Drives the Python SDK v1 (`mcp`, the initialize era): from a 401 to a delivered text over Streamable HTTP or HTTP+SSE.

Nothing but `initialize` finds the revision here, so there is no `--mode`.
"""

import asyncio

from journey import PersonProvider, driver_arguments, streams_of, text_somebody
from mcp import ClientSession


async def main(journey):
    """Connects, which has the SDK log in on the way, and goes on."""
    provider = PersonProvider(journey, "Python SDK v1", lambda query: (query["code"], query["state"]))
    async with streams_of(journey, provider) as streams, ClientSession(*streams) as session:
        version = (await session.initialize()).protocolVersion
        await text_somebody(session, provider, journey, name="mcp 1 (Python)", protocol_version=version)


if __name__ == "__main__":
    asyncio.run(main(driver_arguments()))
