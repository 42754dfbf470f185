import { createEngineClient, type EngineClient } from '#engines/contract/client.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { serveEngine } from '#engines/contract/host.ts';
import { openOutbox } from '#engines/contract/outbox.ts';
import { createTestEngine, type TestEngine } from '#engines/contract/test-engine.ts';
import { silentLogger } from './history.ts';

const SECRET = 's'.repeat(32);

/** A real outbox behind the real HTTP face and its real client; only what the engine says is up to the test. */
export interface EngineSeat {
  readonly engine: TestEngine;
  readonly client: EngineClient;
  close(): Promise<void>;
}

export async function openEngineSeat(
  outboxFile: string,
  commands: CommandHandlers = {},
): Promise<EngineSeat> {
  const engine = createTestEngine(openOutbox(outboxFile), commands);
  const host = await serveEngine({ engine, secret: SECRET, port: 0, logger: silentLogger });
  const baseUrl = `http://127.0.0.1:${host.port}`;
  const client = createEngineClient({ name: 'baileys', baseUrl, secret: SECRET });
  return {
    engine,
    client,
    close: async () => {
      await client.close();
      await host.close();
      await engine.close();
    },
  };
}
