// The floors of docs/architecture.md: a room imports only rooms on a lower floor.
const floors = {
  kernel: [],
  'engines/contract': ['kernel'],
  'engines/baileys': ['engines/contract', 'kernel'],
  'engines/webjs': ['engines/contract', 'kernel'],
  history: ['engines/contract', 'kernel'],
  orchestrator: ['history', 'engines/contract', 'kernel'],
  'sync-jobs': ['orchestrator', 'history', 'engines/contract', 'kernel'],
  mcp: ['sync-jobs', 'orchestrator', 'history', 'engines/contract', 'kernel'],
  console: ['sync-jobs', 'orchestrator', 'history', 'engines/contract', 'kernel'],
  cli: ['mcp', 'console', 'sync-jobs', 'orchestrator', 'history', 'engines/contract', 'kernel'],
  simulator: ['kernel'],
};

// A test may look up the building: it drives what it needs. Suites that cross rooms live in test/.
const tests = '\\.test\\.ts$|/testing/|/conformance/';

const floorRules = Object.entries(floors).map(([room, below]) => ({
  name: `floor-of-${room.replace('/', '-')}`,
  comment: `${room} may import only: ${below.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^${room}/`, pathNot: tests },
  to: {
    path: `^(${Object.keys(floors).join('|')}|bench|test|scripts)/`,
    pathNot: [`^${room}/`, ...below.map((name) => `^${name}/`)],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'sdk-behind-binders',
      comment: 'Only the binders know an MCP SDK, so that a new protocol revision is one file.',
      severity: 'error',
      from: { path: '^(?!mcp/(binders|transports)/)', pathNot: `${tests}|^bench/|^test/` },
      to: { path: 'node_modules/@modelcontextprotocol' },
    },
    {
      name: 'baileys-in-its-process',
      comment: 'Baileys and libsignal (GPL-3.0) are loaded only inside the engine process and the simulator.',
      severity: 'error',
      from: { path: '^(?!engines/baileys/|simulator/|bench/|test/)' },
      to: { path: 'node_modules/(@whiskeysockets|libsignal)' },
    },
    {
      name: 'browser-in-its-process',
      comment:
        'whatsapp-web.js and puppeteer are loaded only inside the engine process; tests and benchmarks look at pages.',
      severity: 'error',
      from: { path: '^(?!engines/webjs/|bench/|test/)', pathNot: tests },
      to: { path: 'node_modules/(whatsapp-web\\.js|puppeteer)' },
    },
    {
      name: 'sql-in-history',
      comment:
        'SQLite is opened by the history, by an engine for its own files, and by the kernel for locks.',
      severity: 'error',
      from: { path: '^(orchestrator|sync-jobs|mcp|console|cli)/', pathNot: tests },
      to: { path: 'node_modules/better-sqlite3' },
    },
    {
      name: 'queue-behind-its-port',
      comment: 'Only the queue knows BullMQ, Redis and PGlite; the dashboard shows its queues.',
      severity: 'error',
      from: { path: '^(?!sync-jobs/queue/|console/dashboard/|bench/|test/)', pathNot: tests },
      to: { path: 'node_modules/(bullmq|ioredis|@electric-sql)' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
