import { readFileSync } from 'node:fs';
import { Hono } from 'hono';

const TYPES = {
  'style.css': 'text/css; charset=utf-8',
  'status.css': 'text/css; charset=utf-8',
  'coverage.css': 'text/css; charset=utf-8',
  'status.js': 'text/javascript; charset=utf-8',
  'times.js': 'text/javascript; charset=utf-8',
  'coverage.js': 'text/javascript; charset=utf-8',
  'coverage-axis.js': 'text/javascript; charset=utf-8',
  'coverage-words.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** The files of the pages, read once. A fixed list: nothing else can be asked for. */
export function createAssets(): Hono {
  const assets = new Hono();
  for (const [name, type] of Object.entries(TYPES)) {
    const body = readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8');
    assets.get(`/${name}`, (context) => {
      context.header('content-type', type);
      context.header('cache-control', 'no-cache');
      return context.body(body);
    });
  }
  return assets;
}
