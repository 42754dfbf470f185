import { join } from 'node:path';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { removeServiceFile, SERVICE_FILE_NAME, writeServiceFile } from '#kernel/service-file.ts';
import { startSampleService } from './sample-service.ts';

/** Longer than any test. */
const LIFE_MS = 120_000;

/** Arguments: data directory. A service of the sample tools as a process of its own, one per directory. */
const [root = ''] = process.argv.slice(2);
try {
  acquireOwnership(root);
} catch {
  process.exit(1);
}
const token = 'a-token-of-the-test-that-is-long-enough';
const service = await startSampleService({ config: { token } });
service.services.notes = ['first note', 'second note'];
const file = join(root, SERVICE_FILE_NAME);
writeServiceFile(file, { pid: process.pid, url: service.url, token, version: '0.0.0-test' });
// A bridge may start it just when the test is over, and then nobody would end it.
setTimeout(() => process.exit(0), LIFE_MS).unref();
process.once('SIGTERM', async () => {
  await service.close();
  removeServiceFile(file);
  process.exit(0);
});
