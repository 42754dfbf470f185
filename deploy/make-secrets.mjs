// `node deploy/make-secrets.mjs [FOLDER]` makes the secrets that docker-compose.yml hands to the containers, each once:
// what exists stays as it is. Plain JavaScript without packages, so that it runs before anything is installed.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SECRETS = {
  engine_secret: 'between the service and its engines',
  access_token: 'what assistants and the status page are asked for',
};
const BYTES = 32;
// Nobody else of this machine gets through the folder. The files themselves can be read, because compose mounts them one by
// one, as they are, for the user of the container, who is another one than you.
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o444;

const folder = process.argv[2] ?? fileURLToPath(new URL('../secrets', import.meta.url));
mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
chmodSync(folder, FOLDER_MODE);
for (const [name, purpose] of Object.entries(SECRETS)) {
  const file = join(folder, name);
  try {
    writeFileSync(file, `${randomBytes(BYTES).toString('hex')}\n`, { flag: 'wx', mode: FILE_MODE });
    // The mask of the shell may have taken bits away.
    chmodSync(file, FILE_MODE);
    process.stdout.write(`made ${file}: ${purpose}\n`);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    process.stdout.write(`kept ${file}\n`);
  }
}
