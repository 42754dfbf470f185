import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** The SDK and nothing else, with one tool that does nothing: the peer of the MCP figures. Prints its address. */
const transports = new Map<string, StreamableHTTPServerTransport>();

const server = createServer(async (request, response) => {
  const known = transports.get(String(request.headers['mcp-session-id']));
  if (known !== undefined) {
    await known.handleRequest(request, response);
    return;
  }
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => {
      transports.set(id, transport);
    },
  });
  const mcp = new McpServer({ name: 'bare', version: '1' });
  mcp.registerTool('empty', { description: 'Does nothing.' }, () => ({ content: [] }));
  await mcp.connect(transport);
  await transport.handleRequest(request, response);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`);
});
