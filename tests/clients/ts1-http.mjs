// The TypeScript SDK v1 over Streamable HTTP.
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { drive } from './ts1.mjs';

await drive(StreamableHTTPClientTransport, 'streamable-http');
