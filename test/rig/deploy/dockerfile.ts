import { readFileSync } from 'node:fs';

export interface Copy {
  /** Name of the stage that it is taken from; null = the checkout. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

/** One image with everything that it has of the stages below it. */
export interface Image {
  readonly copies: readonly Copy[];
  readonly runs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly labels: readonly string[];
}

const EMPTY: Image = { copies: [], runs: [], env: {}, user: '', command: [], healthcheck: [], labels: [] };

/** The stages by name. Throws on an instruction that is not expected in our file. */
export function readDockerfile(file: string): ReadonlyMap<string, Image> {
  const stages = new Map<string, Image>();
  let name = '';
  for (const line of instructionsOf(readFileSync(file, 'utf8'))) {
    const [, op = '', rest = ''] = /^([A-Z]+)\s+(.*)$/s.exec(line) ?? [];
    if (op === 'FROM') {
      const [, parent = '', as = ''] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      name = as;
      stages.set(name, stages.get(parent) ?? EMPTY);
    } else if (name !== '') {
      stages.set(name, applied(stages.get(name) ?? EMPTY, op, rest));
    } else if (op !== 'ARG') throw new Error(`not expected before a stage: ${line}`);
  }
  return stages;
}

function applied(image: Image, op: string, rest: string): Image {
  switch (op) {
    case 'ARG':
    case 'WORKDIR':
    case 'VOLUME':
    case 'EXPOSE':
      return image;
    case 'USER':
      return { ...image, user: rest };
    case 'RUN':
      return { ...image, runs: [...image.runs, rest] };
    case 'ENV':
      return { ...image, env: { ...image.env, ...Object.fromEntries(pairsOf(rest)) } };
    case 'LABEL':
      return { ...image, labels: [...image.labels, ...pairsOf(rest).map(([key]) => key)] };
    case 'CMD':
      return { ...image, command: JSON.parse(rest) as string[] };
    case 'HEALTHCHECK':
      return { ...image, healthcheck: JSON.parse(rest.slice(rest.indexOf('['))) as string[] };
    case 'COPY':
      return { ...image, copies: [...image.copies, copyOf(rest)] };
    default:
      throw new Error(`not expected: ${op} ${rest}`);
  }
}

function pairsOf(rest: string): [string, string][] {
  return Array.from(rest.matchAll(/([\w.]+)=("[^"]*"|\S+)/g), ([, key = '', value = '']) => [
    key,
    value.replaceAll('"', ''),
  ]);
}

function copyOf(rest: string): Copy {
  const words = rest.split(/\s+/);
  const options = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  const from = options.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

function instructionsOf(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
