import './testing/quiet-console.ts';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { outliveReaders } from '#kernel/pipes.ts';
import { isPresetName, PRESETS, type PresetName, shapeOf } from './account/presets.ts';
import { clientEnvironment } from './environment.ts';
import { createSimulator, type Simulator } from './simulator.ts';

const HELP = `Runs a WhatsApp account in a box on this machine.

  npm run simulator -- [options]

  --preset NAME        ${Object.keys(PRESETS).join(', ')} (default demo)
  --seed TEXT          another seed, another account of the same size
  --port N             WebSocket port (default: any free one)
  --control-port N     port of the control API (default: any free one)
  --auto-link          scan every QR text and enter every code that comes in on standard input,
                       one a line or inside lines of JSON, as "tandem link --json" prints them
  --with-parent        end when standard input closes, as it does when the parent dies
  --json               print one line of JSON an event instead of text
  --help               this text

It prints the environment variables with which Tandem takes it for WhatsApp. Ctrl-C ends it.
`;

type Options = {
  readonly preset: PresetName;
  readonly seed: string | undefined;
  readonly port: number;
  readonly controlPort: number;
  readonly autoLink: boolean;
  readonly withParent: boolean;
  readonly json: boolean;
};

const portOf = (text: string | undefined): number => {
  const port = Number(text ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`"${text}" is not a port`);
  return port;
};

/** Null: only help was wanted. Throws with a sentence for the user when something is wrong. */
const readOptions = (argv: readonly string[]): Options | null => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      preset: { type: 'string', default: 'demo' },
      seed: { type: 'string' },
      port: { type: 'string' },
      'control-port': { type: 'string' },
      'auto-link': { type: 'boolean', default: false },
      'with-parent': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  if (!isPresetName(values.preset)) throw new Error(`there is no preset "${values.preset}"`);
  return {
    preset: values.preset,
    seed: values.seed,
    port: portOf(values.port),
    controlPort: portOf(values['control-port']),
    autoLink: values['auto-link'],
    withParent: values['with-parent'],
    json: values.json,
  };
};

// One client shows an address, the page five fields.
const QR_TEXT = /https:\/\/wa\.me\/settings\/linked_devices#[^\s"\\]+|2@[^\s",]+(?:,[^\s",]+){4}/;
const CODE_TEXT = /(?:^|"code":\s*")([A-HJ-NP-Z1-9]{4}-?[A-HJ-NP-Z1-9]{4})(?:"|$)/i;

/** Plays the owner who holds the phone against the screen. */
const linkFromInput = (simulator: Simulator, report: (result: string) => void): (() => void) => {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const qr = QR_TEXT.exec(line)?.[0];
    const code = CODE_TEXT.exec(line.trim())?.[1];
    const link = qr
      ? simulator.phone.scanQr(qr)
      : code
        ? simulator.phone.enterCode(code)
        : Promise.resolve(null);
    link.then(
      (result) => result !== null && report(result),
      (error: unknown) => report(String(error)),
    );
  });
  return () => lines.close();
};

/** For the shell. */
const quoted = (value: string): string => (/^[\w./:-]+$/.test(value) ? value : `'${value}'`);

const announce = (simulator: Simulator, json: boolean): void => {
  const { controlUrl } = simulator;
  const environment = clientEnvironment(simulator);
  const counts = simulator.oracle.counts();
  if (json) {
    process.stdout.write(`${JSON.stringify({ event: 'ready', environment, controlUrl, counts })}\n`);
    return;
  }
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  process.stdout.write(
    [
      `A simulated account with ${counts.chats} chats and ${counts.messages} messages, ${counts.pushed} of them pushed at linking.`,
      `Control API: ${controlUrl}`,
      '',
      ...lines,
      '',
    ].join('\n'),
  );
};

const run = async (options: Options): Promise<void> => {
  const shape = shapeOf(options.preset, options.seed === undefined ? {} : { seed: options.seed });
  const simulator = await createSimulator({ shape, port: options.port, controlPort: options.controlPort });
  announce(simulator, options.json);
  const stopLinking = options.autoLink
    ? linkFromInput(simulator, (result) =>
        process.stdout.write(
          `${options.json ? JSON.stringify({ event: 'link', result }) : `link: ${result}`}\n`,
        ),
      )
    : null;
  const signal = await new Promise<string>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    if (options.withParent) process.stdin.once('close', () => resolve('parent gone')).resume();
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ event: 'stopped', signal })}\n`);
  stopLinking?.();
  await simulator.close();
};

export const main = async (argv: readonly string[]): Promise<void> => {
  outliveReaders(process.stdout, process.stderr);
  try {
    const options = readOptions(argv);
    if (options) await run(options);
    else process.stdout.write(HELP);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
};
