import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Clock } from '#kernel/clock.ts';
import { type Config, loadConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/logger.ts';
import { createBearerAuth } from '../auth/bearer.ts';
import { type CallRecord, createRegistry, type Registry } from '../registry.ts';
import { hostAndOriginGuard } from '../transports/guards.ts';
import { createMcpEndpoint, type McpEndpoint } from '../transports/http.ts';
import {
  createSampleServices,
  noteCount,
  type SampleServices,
  sampleTools,
  singleNote,
} from './sample-tools.ts';

export interface SampleService {
  readonly url: string;
  readonly port: number;
  readonly services: SampleServices;
  readonly endpoint: McpEndpoint;
  readonly calls: CallRecord[];
  close(): Promise<void>;
}

export const quiet = createLogger({ level: 'silent', program: 'test' });

export interface SampleOptions {
  readonly config?: Partial<Config>;
  readonly clock?: Clock;
  readonly deadlineMs?: number;
  readonly port?: number;
}

/** A registry of the sample tools with sending on and every toolset offered, unless the options say otherwise. */
export function createSampleRegistry(options: SampleOptions = {}): {
  readonly registry: Registry;
  readonly services: SampleServices;
  readonly calls: CallRecord[];
} {
  const services = createSampleServices();
  const calls: CallRecord[] = [];
  const registry = createRegistry({
    tools: sampleTools,
    resources: [noteCount],
    resourceTemplates: [singleNote],
    services,
    config: sampleConfig(options.config),
    version: '0.0.0-test',
    logger: quiet,
    audit: (record) => calls.push(record),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
  });
  return { registry, services, calls };
}

export function sampleConfig(changes: Partial<Config> = {}): Config {
  return { ...loadConfig({}), toolsets: ['all'], sending: true, ...changes };
}

/** The real endpoint on a real port, guarded as the service guards it. */
export async function startSampleService(options: SampleOptions = {}): Promise<SampleService> {
  const config = sampleConfig(options.config);
  const { registry, services, calls } = createSampleRegistry(options);
  const endpoint = createMcpEndpoint({
    registry,
    auth: createBearerAuth(config.token),
    config,
    logger: quiet,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const app = new Hono();
  app.use(hostAndOriginGuard(config));
  app.get('/health', (c) => c.json({ ok: true }));
  endpoint.mount(app);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    services,
    endpoint,
    calls,
    close: async () => {
      await endpoint.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
