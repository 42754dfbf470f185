import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Hono } from 'hono';
import type { ErrorCode } from '#kernel/errors.ts';
import { createLogger } from '#kernel/logger.ts';
import { createWorld, VERSION, type World, type WorldOptions } from '#orchestrator/services/testing/world.ts';
import { createBearerAuth } from '../../auth/bearer.ts';
import { createRegistry } from '../../registry.ts';
import { allResources, allTemplates } from '../../resources/all.ts';
import { restingJobs } from '../../testing/resting-jobs.ts';
import { createMcpEndpoint } from '../../transports/http.ts';
import { allTools } from '../all.ts';
import type { ToolServices } from '../shared/services.ts';

export interface Answer {
  readonly data: Record<string, unknown>;
  readonly label: unknown;
  readonly images: number;
}

/** Every tool over the real registry, endpoint and client, on the services' test world. */
export interface ToolClient {
  readonly world: World;
  /** What the tools call. Nobody works on its jobs. */
  readonly services: ToolServices;
  readonly client: Client;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
  /** The error that a call ends with, which must have this code. */
  refuses(code: ErrorCode, name: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const logger = createLogger({ level: 'silent', program: 'test' });

export async function openToolClient(options: WorldOptions = {}): Promise<ToolClient> {
  const world = await createWorld({
    ...options,
    config: { toolsets: ['all'], sending: true, ...options.config },
  });
  const { config } = world;
  const services = { ...world.services, ...restingJobs(world.services) };
  const registry = createRegistry({
    tools: allTools,
    resources: allResources,
    resourceTemplates: allTemplates,
    services,
    config,
    version: VERSION,
    logger,
  });
  const endpoint = createMcpEndpoint({ registry, auth: createBearerAuth(config.token), config, logger });
  const app = new Hono();
  endpoint.mount(app);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)));

  const raw = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    const blocks = result.content as readonly { readonly type: string; readonly text?: string }[];
    const structured = result.structuredContent as Record<string, unknown>;
    const text = blocks.filter(({ type }) => type === 'text').at(-1)?.text ?? '';
    assert.deepEqual(JSON.parse(text), structured, 'old clients read the same from the text');
    return { result, structured, images: blocks.filter(({ type }) => type === 'image').length };
  };

  return {
    world,
    services,
    client,
    call: async (name, args = {}) => {
      const { result, structured, images } = await raw(name, args);
      assert.equal(structured.ok, true, JSON.stringify(structured.error));
      return { data: structured, label: result._meta?.['tandem/label'], images };
    },
    refuses: async (code, name, args = {}) => {
      const { result, structured } = await raw(name, args);
      const error = structured.error as Record<string, unknown> | undefined;
      assert.deepEqual([result.isError, error?.code], [true, code], JSON.stringify(structured));
      return error ?? {};
    },
    close: async () => {
      await client.close();
      await endpoint.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await world.close();
    },
  };
}
