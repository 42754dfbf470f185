import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '#kernel/logger.ts';
import { SERVICE_FILE_NAME } from '#kernel/service-file.ts';
import { runStdioBridge } from '../transports/stdio-bridge.ts';

/** Arguments: data directory. What `tandem mcp` does, with the sample service behind it. */
const [root = ''] = process.argv.slice(2);
await runStdioBridge({
  serviceFile: join(root, SERVICE_FILE_NAME),
  startService: () => {
    const program = fileURLToPath(new URL('./service-process.ts', import.meta.url));
    spawn(process.execPath, [program, root], { detached: true, stdio: 'ignore' }).unref();
  },
  input: process.stdin,
  output: process.stdout,
  logger: createLogger({ level: 'info', program: 'bridge' }),
});
process.exit(0);
