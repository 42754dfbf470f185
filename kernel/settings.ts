import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Every setting, once: its name in the environment, accepted aliases (names that other WhatsApp
 * servers use for the same thing), schema, default and meaning. docs/reference/settings.md is
 * generated from this table.
 */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly env: string;
  readonly aliases: readonly string[];
  /** Parses the text of the environment variable. */
  readonly schema: S;
  /** The text that applies when nothing is set; null = unset. */
  readonly fallback: string | null;
  readonly meaning: string;
  /** True for values that must never be printed. */
  readonly secret: boolean;
}

interface SettingOptions {
  readonly aliases?: readonly string[];
  readonly secret?: boolean;
}

function setting<S extends z.ZodType>(
  env: string,
  schema: S,
  fallback: string | null,
  meaning: string,
  options: SettingOptions = {},
): Setting<S> {
  return { env, schema, fallback, meaning, aliases: options.aliases ?? [], secret: options.secret ?? false };
}

const truthy = ['1', 'true', 'on', 'yes'];
const falsy = ['0', 'false', 'off', 'no'];

const onOff = z
  .string()
  .toLowerCase()
  .refine((text) => truthy.includes(text) || falsy.includes(text), 'expected on or off')
  .transform((text) => truthy.includes(text));

const port = z
  .string()
  .regex(/^\d+$/, 'expected a port number')
  .transform(Number)
  .refine((n) => n <= 65_535, 'expected a port number up to 65535');

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .refine((n) => n >= min && n <= max, `expected ${min} to ${max}`);
}

const nameList = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** A JSON array, because arguments may hold commas and spaces. */
const stringArray = z
  .string()
  .transform((text, context) => readJson(text, context))
  .pipe(z.array(z.string(), 'expected a JSON array of texts'));

const routeTable = z
  .string()
  .transform((text, context) => readJson(text, context))
  .pipe(
    z.record(
      z.string().regex(/^[a-z]+\.[A-Za-z]+$/, 'expected a capability, for example send.text'),
      z.enum(['baileys', 'webjs']),
      'expected a JSON object of capability and engine',
    ),
  );

function readJson(text: string, context: z.core.$RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('expected JSON');
    return z.NEVER;
  }
}

/** An origin: pages, links and assistants of the service stand at fixed paths below it. */
const origin = z
  .string()
  .refine(isOrigin, 'expected http://host or https://host, perhaps with a port, and no path')
  .transform((text) => new URL(text).origin);

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin, href } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && href === `${origin}/`;
}

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

/** Where a service keeps its data on this platform, following the platform's own convention. */
function defaultDataDir(): string {
  const home = homedir();
  if (platform() === 'darwin') return join(home, 'Library', 'Application Support', 'tandem');
  if (platform() === 'win32')
    return join(process.env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'tandem');
  return join(process.env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'tandem');
}

export const settings = {
  dataDir: setting(
    'TANDEM_DATA_DIR',
    z.string().min(1),
    defaultDataDir(),
    'Folder that holds the account: history, engine sessions, media. One folder, one account.',
    { aliases: ['STORE_PATH'] },
  ),
  host: setting(
    'TANDEM_HOST',
    z.string().min(1),
    '127.0.0.1',
    'Address to listen on. Anything but loopback needs TANDEM_TOKEN.',
    { aliases: ['HTTP_HOST'] },
  ),
  port: setting('TANDEM_PORT', port, '8080', 'Port of the service: MCP, status page, health.', {
    aliases: ['PORT', 'MCP_PORT'],
  }),
  publicUrl: setting(
    'TANDEM_PUBLIC_URL',
    origin,
    null,
    'Address under which people and assistants reach the service, for example https://tandem.example.org behind a proxy. The status page, links to exports and the MCP address are told with it. Unset: where the service itself listens.',
    { aliases: ['PUBLIC_BASE_URL'] },
  ),
  engines: setting(
    'TANDEM_ENGINES',
    nameList.pipe(
      z
        .array(z.enum(['baileys', 'webjs']))
        .min(1)
        .refine((names) => new Set(names).size === names.length, 'expected each engine once'),
    ),
    'baileys,webjs',
    'Engines to run, in order of preference. Two engines are two linked devices of one account.',
    { aliases: ['ENGINES'] },
  ),
  baileysPort: setting(
    'TANDEM_BAILEYS_PORT',
    port,
    null,
    'Port of the baileys engine on loopback. Unset: any free port when the service starts it, 8081 when it runs alone.',
  ),
  webjsPort: setting(
    'TANDEM_WEBJS_PORT',
    port,
    null,
    'Port of the webjs engine on loopback. Unset: any free port when the service starts it, 8082 when it runs alone.',
  ),
  webjsExecutable: setting(
    'TANDEM_WEBJS_EXECUTABLE',
    z.string().min(1),
    null,
    "Chrome, Chromium or chrome-headless-shell for the webjs engine. Unset: one of the system, or of puppeteer's cache.",
    { aliases: ['PUPPETEER_EXECUTABLE_PATH', 'CHROME_PATH'] },
  ),
  webjsArgs: setting(
    'TANDEM_WEBJS_ARGS',
    stringArray,
    '[]',
    'Further arguments for the browser, as a JSON array of texts. They are appended last, as they are.',
  ),
  webjsHeadless: setting(
    'TANDEM_WEBJS_HEADLESS',
    z.enum(['on', 'shell', 'off']),
    'on',
    'How the browser runs: `on` without a window, `shell` as the old, smaller headless mode (for chrome-headless-shell), `off` with a window.',
  ),
  webjsSandbox: setting(
    'TANDEM_WEBJS_SANDBOX',
    onOff,
    'on',
    "The browser's own sandbox. Chromium does not start as root with it; run Tandem as an ordinary user rather than switching it off.",
  ),
  webjsUserAgent: setting(
    'TANDEM_WEBJS_USER_AGENT',
    z.string().min(1).max(500),
    null,
    'User agent of the browser. Unset: that of the browser itself without the word Headless.',
  ),
  webjsReadyTimeoutMs: setting(
    'TANDEM_WEBJS_READY_TIMEOUT_MS',
    wholeNumber(1_000, 600_000),
    '120000',
    'How long the page may take from its start until it is ready or shows a QR code.',
  ),
  webjsCallTimeoutMs: setting(
    'TANDEM_WEBJS_CALL_TIMEOUT_MS',
    wholeNumber(500, 120_000),
    '15000',
    'How long one call into the page may take before the page counts as hung.',
  ),
  webjsHeartbeatMs: setting(
    'TANDEM_WEBJS_HEARTBEAT_MS',
    wholeNumber(200, 600_000),
    '10000',
    'How often the page is asked whether it still answers.',
  ),
  routing: setting(
    'TANDEM_ROUTING',
    z.enum(['prefer-first', 'primary-only', 'round-robin', 'fastest']),
    'prefer-first',
    'Which engine serves a request when several can: the first of TANDEM_ENGINES, only the first, in turns, or the one that answered fastest of late.',
  ),
  routes: setting(
    'TANDEM_ROUTES',
    routeTable,
    '{}',
    'Engine for single capabilities, as a JSON object, for example {"media.download":"webjs"}. It is asked first.',
  ),
  selfTest: setting(
    'TANDEM_SELF_TEST',
    z.enum(['on', 'echo', 'off']),
    'on',
    'Checks of each engine after it connects: a page of history and a file. `echo` sends a message to the own chat, too.',
  ),
  echoWaitMs: setting(
    'TANDEM_ECHO_WAIT_MS',
    wholeNumber(0, 60_000),
    '4000',
    'How long a send with unknown outcome waits until the other engine, or the own one, shows the message.',
  ),
  mediaMaxMb: setting(
    'TANDEM_MEDIA_MAX_MB',
    wholeNumber(1, 100),
    '20',
    'Largest file that download_media fetches.',
    { aliases: ['MAX_FILE_SIZE_MB'] },
  ),
  mediaQuotaMb: setting(
    'TANDEM_MEDIA_QUOTA_MB',
    wholeNumber(1, 1_000_000),
    '512',
    'Most space for downloaded media.',
    { aliases: ['MEDIA_QUOTA_MB'] },
  ),
  downloadsPerMinute: setting(
    'TANDEM_DOWNLOADS_PER_MINUTE',
    wholeNumber(1, 600),
    '30',
    'Most media downloads a minute, over all engines.',
    { aliases: ['DOWNLOAD_RATE_LIMIT_PER_MIN'] },
  ),
  token: setting(
    'TANDEM_TOKEN',
    z.string().min(32, 'expected at least 32 characters'),
    null,
    'Access token that HTTP clients must send as a bearer token. Required beyond loopback.',
    { secret: true },
  ),
  tokenFile: setting('TANDEM_TOKEN_FILE', z.string().min(1), null, 'File that holds the access token.'),
  allowedHosts: setting(
    'TANDEM_ALLOWED_HOSTS',
    nameList,
    '',
    'Further host names under which clients reach the service, comma-separated. Loopback names always pass.',
  ),
  allowedOrigins: setting(
    'TANDEM_ALLOWED_ORIGINS',
    nameList,
    '',
    'Browser origins that may call the service, comma-separated. Requests without Origin pass.',
  ),
  redisUrl: setting(
    'TANDEM_REDIS_URL',
    z.url({ protocol: /^rediss?$/, error: 'expected redis://… or rediss://…' }),
    null,
    'Redis for the job queue. Unset: an embedded queue inside the service, single process.',
    { aliases: ['REDIS_URL'], secret: true },
  ),
  queuePrefix: setting(
    'TANDEM_QUEUE_PREFIX',
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'expected lower-case letters, digits and dashes'),
    'tandem',
    'Prefix of the queue in Redis; one for each account that shares a Redis.',
    { aliases: ['QUEUE_PREFIX'] },
  ),
  historyBatch: setting(
    'TANDEM_HISTORY_BATCH',
    wholeNumber(1, 50),
    '50',
    'Messages asked for in one page of older history. WhatsApp gives 50 at most.',
    { aliases: ['HISTORY_BATCH'] },
  ),
  historyDelayMs: setting(
    'TANDEM_HISTORY_DELAY_MS',
    wholeNumber(0, 600_000),
    '3000',
    'Pause between two pages of older history, over all chats. It grows by itself when the phone is silent or the server slows down.',
    { aliases: ['HISTORY_DELAY_MS'] },
  ),
  historyWaitMs: setting(
    'TANDEM_HISTORY_WAIT_MS',
    wholeNumber(100, 30_000),
    '30000',
    'How long the phone may take to answer for a page of older history before it counts as silent.',
    { aliases: ['HISTORY_WAIT_MS'] },
  ),
  historyParallel: setting(
    'TANDEM_HISTORY_PARALLEL',
    wholeNumber(1, 10),
    '1',
    'Chats whose older history is asked for at the same time. More is faster and likelier to be slowed down by the server.',
  ),
  retentionDays: setting(
    'TANDEM_RETENTION_DAYS',
    wholeNumber(0, 36_500),
    '0',
    'Messages older than so many days are deleted from the store, hourly. 0 = everything is kept.',
    { aliases: ['MESSAGE_RETENTION_DAYS'] },
  ),
  jobKeepDays: setting(
    'TANDEM_JOB_KEEP_DAYS',
    wholeNumber(1, 3_650),
    '30',
    'How long finished jobs and their results are remembered.',
  ),
  baileysUrl: setting(
    'TANDEM_BAILEYS_URL',
    z.url({ protocol: /^https?$/ }),
    null,
    'Address of a baileys engine that runs elsewhere. Unset: the service starts its own.',
  ),
  webjsUrl: setting(
    'TANDEM_WEBJS_URL',
    z.url({ protocol: /^https?$/ }),
    null,
    'Address of a webjs engine that runs elsewhere. Unset: the service starts its own.',
  ),
  engineSecretFile: setting(
    'TANDEM_ENGINE_SECRET_FILE',
    z.string().min(1),
    null,
    'File that holds the secret shared with engines that run elsewhere, at least 32 characters.',
  ),
  sending: setting(
    'TANDEM_SENDING',
    onOff,
    'off',
    'Whether tools may send: messages, reactions, edits, deletions, forwards. Off: they answer TOOL_DISABLED.',
  ),
  readReceipts: setting(
    'TANDEM_SEND_READ_RECEIPTS',
    onOff,
    'on',
    'Whether marking as read tells the senders. Off: only the own devices learn of it.',
    { aliases: ['SEND_READ_RECEIPTS'] },
  ),
  sendsPerMinute: setting(
    'TANDEM_SENDS_PER_MINUTE',
    wholeNumber(1, 600),
    '60',
    'Most sends a minute, over all engines.',
    {
      aliases: ['RATE_LIMIT_PER_MIN'],
    },
  ),
  idempotencyHours: setting(
    'TANDEM_IDEMPOTENCY_HOURS',
    wholeNumber(1, 720),
    '24',
    'How long an idempotency key is remembered.',
  ),
  toolsets: setting(
    'TANDEM_TOOLSETS',
    nameList,
    'default',
    'Tool sets to offer: default, all, or names from docs/reference/tools.md.',
  ),
  disabledTools: setting(
    'TANDEM_DISABLED_TOOLS',
    nameList,
    '',
    'Tools that are hidden and refused, comma-separated.',
    {
      aliases: ['DISABLED_TOOLS'],
    },
  ),
  toolAliases: setting(
    'TANDEM_TOOL_ALIASES',
    onOff,
    'on',
    'Whether tool names of other WhatsApp servers answer too. They are never listed.',
    { aliases: ['TOOL_ALIASES'] },
  ),
  maxSessions: setting('TANDEM_MAX_SESSIONS', wholeNumber(1, 1_000), '64', 'MCP sessions held at a time.'),
  sessionIdleMinutes: setting(
    'TANDEM_SESSION_IDLE_MINUTES',
    wholeNumber(1, 1_440),
    '60',
    'MCP sessions idle for longer are closed.',
  ),
  linkTimeoutSeconds: setting(
    'TANDEM_LINK_TIMEOUT_SECONDS',
    wholeNumber(15, 600),
    '120',
    'How long linking waits for the phone.',
    { aliases: ['AUTH_LINK_TIMEOUT_SEC'] },
  ),
  healthIntervalMs: setting(
    'TANDEM_ENGINE_HEALTH_INTERVAL_MS',
    wholeNumber(1_000, 600_000),
    '30000',
    'How often each engine is probed.',
    { aliases: ['ENGINE_HEALTH_INTERVAL_MS'] },
  ),
  healthTimeoutMs: setting(
    'TANDEM_ENGINE_HEALTH_TIMEOUT_MS',
    wholeNumber(500, 60_000),
    '5000',
    'How long a probe may take.',
    { aliases: ['ENGINE_HEALTH_TIMEOUT_MS'] },
  ),
  engineStartTimeoutMs: setting(
    'TANDEM_ENGINE_START_TIMEOUT_MS',
    wholeNumber(1_000, 300_000),
    '60000',
    'How long an engine process may take until it answers.',
    { aliases: ['ENGINE_START_TIMEOUT_MS'] },
  ),
  timeZone: setting(
    'TANDEM_TZ',
    z.string().refine(isTimeZone, 'expected an IANA time zone, for example Europe/Berlin'),
    null,
    'Time zone for dates without offset. Unset: the zone of this machine.',
  ),
  logLevel: setting('TANDEM_LOG_LEVEL', logLevel, 'info', 'Least severe level that is logged.', {
    aliases: ['LOG_LEVEL'],
  }),
  baileysLogLevel: setting(
    'TANDEM_BAILEYS_LOG_LEVEL',
    logLevel,
    'silent',
    'Log level of the library inside the baileys engine. Debug levels show protocol data: for development only.',
    { aliases: ['BAILEYS_LOG_LEVEL'] },
  ),
  unsafeTestServer: setting(
    'TANDEM_UNSAFE_TEST_SERVER',
    onOff,
    'off',
    'Allows another server to stand in for WhatsApp. For tests only; every status answer says so.',
  ),
  testWaUrl: setting('TANDEM_TEST_WA_URL', z.url(), null, 'WebSocket URL of that server.'),
  testWaRoot: setting(
    'TANDEM_TEST_WA_ROOT',
    z.string().regex(/^[0-9a-f]{64}$/i, 'expected 64 hex digits'),
    null,
    'Hex of its 32-byte Noise root key.',
  ),
  testMediaUrl: setting('TANDEM_TEST_MEDIA_URL', z.url(), null, 'Base that replaces the media host.'),
} as const;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
