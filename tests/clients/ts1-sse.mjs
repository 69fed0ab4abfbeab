// The TypeScript SDK v1 over HTTP+SSE, the transport of 2024-11-05.
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { drive } from './ts1.mjs';

await drive(SSEClientTransport, 'sse');
