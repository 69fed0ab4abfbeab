"""The official SDK for Python, version 2, on uvicorn with uvloop and httptools: without sessions, JSON answers, both eras.

    python server.py --listen 127.0.0.1:8000 --tools 20 --upstream http://127.0.0.1:8001

The low-level `Server` takes the tools' schemas as they are and keeps the list; `MCPServer` would make them from functions'
signatures, and validate arguments with pydantic besides.
"""

import argparse
import contextlib
import json
import logging
import pathlib
import resource
from collections.abc import AsyncIterator

import httpx2
import mcp_types as types
import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError

# More streams than are opened.
MOST_STREAMS = 100_000


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--tools", type=int, default=20)
    parser.add_argument("--upstream", default="http://127.0.0.1:1")
    return parser.parse_args()


def build(count: int, upstream: str) -> Server[httpx2.AsyncClient]:
    declared = json.loads((pathlib.Path(__file__).parent.parent / "tools.json").read_text())
    tools = types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in declared[:count]])
    schemas = {tool["name"]: tool["inputSchema"] for tool in declared[:count]}

    @contextlib.asynccontextmanager
    async def lifespan(_: Server[httpx2.AsyncClient]) -> AsyncIterator[httpx2.AsyncClient]:
        async with httpx2.AsyncClient(base_url=upstream) as client:
            yield client

    async def list_tools(
        _: ServerRequestContext[httpx2.AsyncClient], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return tools

    async def call_tool(
        cx: ServerRequestContext[httpx2.AsyncClient], call: types.CallToolRequestParams
    ) -> types.CallToolResult:
        match call.name, call.arguments:
            case "echo", {"text": str(said)}:
                return text(said)
            case "lookup", {"id": str(item)}:
                answer = await cx.lifespan_context.get(f"/items/{item}")
                if answer.is_success:
                    return text(answer.text)
                return text("The service behind did not answer.", is_error=True)
            case _:
                raise MCPError(types.INVALID_PARAMS, "Unknown tool, or an argument is missing")

    return Server(
        "python",
        version="2",
        lifespan=lifespan,
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_subscriptions_listen=ListenHandler(InMemorySubscriptionBus(), max_subscriptions=MOST_STREAMS),
    )


def text(said: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=said)], is_error=is_error)


def main() -> None:
    args = parse()
    # An open stream is a file descriptor, and the limit that a shell gives is mostly 1,024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # The SDK and its HTTP client would write a line for each request.
    logging.basicConfig(level=logging.WARNING)
    host, port = args.listen.rsplit(":", 1)
    app = build(args.tools, args.upstream).streamable_http_app(stateless_http=True, json_response=True)
    uvicorn.run(
        app,
        host=host,
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        # Open streams would hold its end up.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
