// The official SDK for TypeScript, version 2, on Node's own HTTP server: without sessions, JSON answers, both eras.
//
//   node server.mjs --listen 127.0.0.1:8000 --tools 20 --upstream http://127.0.0.1:8001
//
// The SDK wants a new server for every request. So that this costs as little as it can, it is the low-level `Server`,
// which shares the tools, instead of `McpServer`, which would have each of them registered anew.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import {
  NodeStreamableHTTPServerTransport,
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { ProtocolError, ProtocolErrorCode, Server, createMcpHandler } from '@modelcontextprotocol/server';

const MODERN = '2026-07-28';
// More streams than are opened.
const MOST_STREAMS = 100_000;

const { values } = parseArgs({
  options: {
    listen: { type: 'string' },
    tools: { type: 'string', default: '20' },
    upstream: { type: 'string', default: 'http://127.0.0.1:1' },
  },
});

const declared = JSON.parse(readFileSync(new URL('../tools.json', import.meta.url), 'utf8'));
const tools = declared.slice(0, Number(values.tools));
const upstream = values.upstream.replace(/\/$/, '');

const text = (said, isError) => ({ content: [{ type: 'text', text: said }], ...(isError && { isError }) });

async function call({ params }) {
  const given = params.arguments ?? {};
  const argument = (name) => {
    if (typeof given[name] !== 'string') {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${name} is missing`);
    }
    return given[name];
  };
  switch (params.name) {
    case 'echo':
      return text(argument('text'));
    case 'lookup': {
      const answer = await fetch(`${upstream}/items/${argument('id')}`);
      return answer.ok ? text(await answer.text()) : text('The service behind did not answer.', true);
    }
    default:
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
  }
}

function build() {
  const server = new Server(
    { name: 'typescript', version: '2' },
    { capabilities: { tools: { listChanged: true } } },
  );
  server.setRequestHandler('tools/list', () => ({ tools }));
  server.setRequestHandler('tools/call', call);
  return server;
}

// Its own way with earlier revisions answers with an event stream; the one below answers with JSON.
const modern = toNodeHandler(
  createMcpHandler(build, { legacy: 'reject', responseMode: 'json', maxSubscriptions: MOST_STREAMS }),
);

async function legacy(request, response) {
  const server = build();
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true,
  });
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response);
}

const isHostRight = localhostHostValidation();
const isOriginRight = localhostOriginValidation();

const http = createServer(async (request, response) => {
  if (!isHostRight(request, response) || !isOriginRight(request, response)) {
    return;
  }
  try {
    if (request.url !== '/mcp') {
      response.writeHead(404).end();
    } else if (request.headers['mcp-protocol-version'] === MODERN) {
      await modern(request, response);
    } else if (request.method === 'POST') {
      await legacy(request, response);
    } else {
      // Without sessions there is no stream of an earlier revision.
      response.writeHead(405, { allow: 'POST' }).end();
    }
  } catch {
    if (!response.headersSent) {
      response.writeHead(500);
    }
    response.end();
  }
});

const [host, port] = values.listen.split(':');
http.listen(Number(port), host);
