import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { liveEvents } from './live.ts';

/**
 * What we use of the library, with the modules of WhatsApp Web that each part touches, as it is installed. Recorded in
 * library-surface.json, so that an upgrade that takes something away fails in a test and not in somebody's account.
 */
export interface LibrarySurface {
  readonly version: string;
  /** Methods of its client. */
  readonly client: Readonly<Record<string, readonly string[]>>;
  /** Functions that it puts into the page, with those that they call. */
  readonly page: Readonly<Record<string, readonly string[]>>;
  /** Modules that it keeps at hand for linking. */
  readonly linking: readonly string[];
  readonly events: readonly string[];
  /** Classes whose `_patch` reads message keys, and methods of its session store that we replace. */
  readonly classes: readonly string[];
}

const CLIENT_METHODS = [
  'inject',
  'initialize',
  'attachEventListeners',
  'initWebVersionCache',
  'requestPairingCode',
  'destroy',
  'getWWebVersion',
];
const PAGE_FUNCTIONS = [
  'sendMessage',
  'editMessage',
  'sendSeen',
  'getChat',
  'getMessageModel',
  'injectToFunction',
];
const EVENTS = ['qr', 'code', 'authenticated', 'ready', 'change_state', 'disconnected', ...liveEvents];
const PATCHED = ['Message', 'Reaction', 'GroupNotification', 'PollVote', 'Chat'];
const STORE_METHODS = ['logout', 'afterBrowserInitialized', 'beforeBrowserInitialized'];

/** Reads the installed package. What is gone is missing in the answer. */
export function readLibrarySurface(): LibrarySurface {
  const root = dirname(createRequire(import.meta.url).resolve('whatsapp-web.js/package.json'));
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const client = parts(
    read('src/Client.js'),
    /^ {4}(?:async )?(\w+)\((?:[^\n]*|\n(?: {8}[^\n]*\n)+ {4})\) \{$/gm,
  );
  const helpers = parts(read('src/util/Injected/Utils.js'), /^ {4}window\.WWebJS\.(\w+) =/gm);
  const constants = read('src/util/Constants.js');
  const store = `${read('src/authStrategies/BaseAuthStrategy.js')}${read('src/authStrategies/LocalAuth.js')}`;
  return {
    version: (JSON.parse(read('package.json')) as { version: string }).version,
    client: pick(CLIENT_METHODS, (name) => modulesIn(client.get(name))),
    page: pick(PAGE_FUNCTIONS, (name) => modulesIn(withCalled(name, helpers))),
    linking: modulesIn(read('src/util/Injected/AuthStore/AuthStore.js')) ?? [],
    events: EVENTS.filter((event) => constants.includes(`'${event}'`)),
    classes: [
      ...PATCHED.filter((name) => /^ {4}_patch\(/m.test(read(`src/structures/${name}.js`))),
      ...STORE_METHODS.filter((name) => store.includes(`async ${name}(`)).map((name) => `LocalAuth.${name}`),
    ],
  };
}

/** Everything that `recorded` has and `now` has not, in words. */
export function removedFrom(recorded: LibrarySurface, now: LibrarySurface): readonly string[] {
  const less = (where: string, before: readonly string[], after: readonly string[] | undefined) =>
    before.filter((one) => !after?.includes(one)).map((one) => `${where}: ${one}`);
  const lessOf = (
    where: string,
    before: Readonly<Record<string, readonly string[]>>,
    after: Readonly<Record<string, readonly string[]>>,
  ) => [
    ...less(where, Object.keys(before), Object.keys(after)),
    ...Object.entries(before).flatMap(([name, modules]) => less(`${where}.${name}`, modules, after[name])),
  ];
  return [
    ...lessOf('client', recorded.client, now.client),
    ...lessOf('page', recorded.page, now.page),
    ...less('linking', recorded.linking, now.linking),
    ...less('events', recorded.events, now.events),
    ...less('classes', recorded.classes, now.classes),
  ];
}

/** Texts by name, each from its head to the next one. */
function parts(source: string, head: RegExp): ReadonlyMap<string, string> {
  const heads = [...source.matchAll(head)].filter(([, name]) => name !== undefined);
  return new Map(
    heads.map((match, at) => [match[1] ?? '', source.slice(match.index, heads[at + 1]?.index)] as const),
  );
}

function withCalled(name: string, helpers: ReadonlyMap<string, string>): string | undefined {
  if (!helpers.has(name)) return undefined;
  const seen = new Set<string>();
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const [, called] of (helpers.get(next) ?? '').matchAll(/window\.WWebJS\.(\w+)/g)) {
      if (called !== undefined) waiting.push(called);
    }
  }
  return [...seen].map((one) => helpers.get(one) ?? '').join('\n');
}

function modulesIn(source: string | undefined): readonly string[] | undefined {
  if (source === undefined) return undefined;
  const found = [...source.matchAll(/require\(\s*'(WA\w+)'/g)].map(([, name]) => name ?? '');
  const injected = [...source.matchAll(/module: '(WA\w+)'/g)].map(([, name]) => name ?? '');
  return [...new Set([...found, ...injected])].sort((a, b) => a.localeCompare(b, 'en'));
}

function pick(
  names: readonly string[],
  read: (name: string) => readonly string[] | undefined,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const found = read(name);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}
