import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebFaultState } from './fault-state.ts';

const FOLDER = new URL('./page/', import.meta.url);
const FILE_PATH = /^\/page\/([a-z0-9-]+\.js)$/;
/** Runs when every other module has defined what it defines. */
const LAST = 'boot.js';

/** What the page must know before it has a connection. */
const settingsOf = (faults: WebFaultState): string =>
  JSON.stringify({
    messageKeys: faults.messageKeys,
    syncsEarly: faults.syncsEarly,
    neverReady: faults.neverReady,
    hidesVersion: faults.hidesVersion,
    missingModules: [...faults.missingModules],
  });

const html = (settings: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>WhatsApp</title><link rel="icon" href="data:,"></head>
<body><div id="app"></div>
<script>window.pageSettings = ${settings};</script>
<script type="module" src="/main.js"></script>
</body>
</html>
`;

export type PageFiles = { readonly serve: (request: IncomingMessage, response: ServerResponse) => void };

/** The document and its modules: every file in `page/` belongs to it. */
export const createPageFiles = (faults: WebFaultState): PageFiles => {
  const mainModule = async (): Promise<string> => {
    const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.js') && name !== LAST).sort();
    return [...names, LAST].map((name) => `import './page/${name}';\n`).join('');
  };

  const body = async (path: string): Promise<readonly [type: string, text: string] | null> => {
    if (path === '/') return ['text/html; charset=utf-8', html(settingsOf(faults))];
    if (path === '/main.js') return ['text/javascript', await mainModule()];
    const file = FILE_PATH.exec(path)?.[1];
    return file === undefined ? null : ['text/javascript', await readFile(new URL(file, FOLDER), 'utf8')];
  };

  return {
    serve: (request, response) => {
      body(new URL(request.url ?? '/', 'https://web.whatsapp.com').pathname).then(
        (found) => {
          if (!found) return response.writeHead(404).end();
          const [type, text] = found;
          return response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
        },
        () => response.writeHead(404).end(),
      );
    },
  };
};
