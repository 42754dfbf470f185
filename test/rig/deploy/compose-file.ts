import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readYaml, type Yaml } from './yaml.ts';

const texts = z.array(z.string());
const period = z.string().regex(/^\d+s$/);

const serviceSchema = z.strictObject({
  restart: z.literal('unless-stopped'),
  init: z.literal('true'),
  read_only: z.literal('true'),
  cap_drop: texts,
  security_opt: texts,
  stop_grace_period: period,
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  image: z.string(),
  build: z.strictObject({ context: z.literal('.'), target: z.string() }).optional(),
  user: z.string().optional(),
  command: texts.optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(['service_healthy', 'service_started']),
        required: z.literal('false').optional(),
      }),
    )
    .optional(),
  environment: z.record(z.string(), z.string()),
  secrets: texts.optional(),
  volumes: texts,
  tmpfs: texts.optional(),
  networks: texts,
  ports: texts.optional(),
  mem_limit: z.string().regex(/^\d+[mg]$/),
  pids_limit: z.string().regex(/^\d+$/),
  healthcheck: z.strictObject({
    test: texts,
    interval: period,
    timeout: period,
    retries: z.string().regex(/^\d+$/),
    start_period: period,
  }),
});
export type ComposeService = z.infer<typeof serviceSchema>;

const fileSchema = z.strictObject({
  name: z.string(),
  'x-hardened': z.unknown(),
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.strictObject({ internal: z.literal('true').optional() })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});
export type ComposeFile = z.infer<typeof fileSchema>;

/** The file as compose sees it with these variables. Throws on anything that is not expected there. */
export function readCompose(file: string, variables: Readonly<Record<string, string>> = {}): ComposeFile {
  return fileSchema.parse(interpolated(readYaml(readFileSync(file, 'utf8')), variables));
}

// What stands in for a variable may name one more.
const VARIABLE = /\$\{([A-Z0-9_]+)(?::([-+])((?:[^${}]|\$\{[^{}]*\})*))?\}/g;

/** Every variable that the file asks for. */
export function variablesOf(file: string): ReadonlySet<string> {
  const text = readFileSync(file, 'utf8');
  return new Set(Array.from(text.matchAll(/\$\{([A-Z0-9_]+)/g), ([, name]) => name ?? ''));
}

function interpolated(value: Yaml, variables: Readonly<Record<string, string>>): Yaml {
  if (typeof value === 'string') {
    return value.replace(VARIABLE, (_all, name: string, kind?: string, word = '') => {
      const set = variables[name] ?? '';
      if (kind === '+') return set === '' ? '' : word;
      return set === '' ? String(interpolated(word, variables)) : set;
    });
  }
  if (Array.isArray(value)) return value.map((one: Yaml) => interpolated(one, variables));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, interpolated(one as Yaml, variables)]),
  );
}

/** `NAME=value` lines; comments and blank lines are passed over. */
export function readEnvFile(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}
