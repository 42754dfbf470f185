import { type Building, build, type RunningService } from '#cli/service/service.ts';
import { type StatusView, statusViewSchema } from '#console/view/status.ts';
import { loadConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/logger.ts';
import { waitForHistory } from './linked.ts';
import type { World } from './world.ts';

/** A service inside the process of the test, so that its rooms are within reach. */
export interface EmbeddedService {
  readonly building: Building;
  readonly running: RunningService;
  readonly url: string;
  post(path: string, body: unknown): Promise<Response>;
  close(): Promise<void>;
}

/** Linked, connected, and with all that the phone pushed. */
export async function startEmbedded(
  world: World,
  env: Readonly<Record<string, string>>,
): Promise<EmbeddedService> {
  const building = await build({
    config: loadConfig({ ...world.env, TANDEM_DATA_DIR: world.dataDir, TANDEM_PORT: '0', ...env }),
    log: {
      logger: createLogger({ level: 'silent', program: 'test' }),
      forward: () => undefined,
      file: null,
    },
    env: { ...process.env, ...world.env },
  });
  const running = await building.open();
  const { url } = running;
  const status = async (): Promise<StatusView> =>
    statusViewSchema.parse(await (await fetch(`${url}/api/status`)).json());
  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
      body: JSON.stringify(body),
    });
  await waitForHistory(world, { status, post });
  return { building, running, url, post, close: () => building.close() };
}
