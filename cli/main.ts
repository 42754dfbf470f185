import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { engineNames } from '#engines/contract/capability.ts';
import { toTandemError } from '#kernel/errors.ts';
import { commandCompleter, namesOf } from './command-words.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { type AddCommand, addHistoryCommands } from './history/commands.ts';
import { createIo, type Io, reportError } from './io.ts';
import type { CommonOptions } from './settings.ts';
import { readVersion } from './version.ts';

/** Runs one command line and sets the exit code. Commands are loaded when they are asked for, so that start is fast. */
export async function main(argv: readonly string[]): Promise<void> {
  let complete = (line: string) => line;
  const io = createIo((line) => complete(line));
  const program = createProgram(io).hook('preAction', (_, action) => {
    const { dataDir } = action.opts<CommonOptions>();
    if (dataDir !== undefined) complete = commandCompleter(namesOf(program), dataDir);
  });
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
      return;
    }
    process.exitCode = reportError(io, toTandemError(thrown), argv.includes('--json'));
  }
}

export function createProgram(io: Io): Command {
  const program = new Command('tandem')
    .description(
      'One WhatsApp account, one complete history, and a safe way in for AI assistants and people.',
    )
    .version(readVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText(
      'after',
      `
Start here:
  tandem demo                try everything with a simulated account, no phone needed
  tandem up                  start the service for your account; shows a QR code to link it
  tandem mcp                 what an AI assistant runs to use it
${exitCodesHelp}

Settings are environment variables, see docs/reference/settings.md.`,
    )
    .exitOverride();

  const command: AddCommand = (name, description, examples, parent = program) =>
    parent
      .command(name)
      .description(description)
      .addOption(new Option('--data-dir <folder>', 'folder that holds the account (TANDEM_DATA_DIR)'))
      .addHelpText(
        'after',
        `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n${exitCodesHelp}`,
      );

  command('up', 'start the service: engine, history, MCP on /mcp, status page on /', [
    'tandem up',
    'tandem up --port 8090',
    'TANDEM_SENDING=on tandem up        let assistants send messages',
  ])
    .option('--port <number>', 'port to listen on, 0 for any free one (TANDEM_PORT)', readPort)
    .option('--verbose', 'log to this terminal too, not only into the log file')
    .action(async (options) => finish((await import('./commands/up.ts')).runUp(io, options)));

  command('demo', 'try Tandem with a simulated WhatsApp account; nothing real is touched', [
    'tandem demo                        play until Ctrl-C',
    'tandem demo --once                 run through, check every message, exit 0 when all is there exactly once',
    'tandem demo --chaos                break engines, browser and page while an assistant works',
    'tandem demo --chaos --once         one round of it, and the proof that nothing was lost',
    'tandem demo --seed 7               another account',
  ])
    .option('--chaos', 'break one thing after another while an assistant works')
    .option('--once', 'check the store against the account and end')
    .option('--seed <text>', 'another seed gives another account')
    .option('--port <number>', 'port to listen on (default: 8080, or any free one)', readPort)
    .option('--verbose', 'log to this terminal too, not only into the log file')
    .action(async (options) => finish((await import('./commands/demo.ts')).runDemo(io, options)));

  command('link', 'link the account by QR code, or by a code typed on the phone, engine by engine', [
    'tandem link                        all engines, one after the other: each is a linked device',
    'tandem link --engine webjs         only this one',
    'tandem link --phone +4915112345678',
    'tandem link --json                 one line of JSON an event: qr, code, linked, skipped, failed',
  ])
    .addOption(engineOption())
    .option('--phone <number>', 'ask for a pairing code for this number, with country code')
    .option('--json', 'print one line of JSON an event')
    .action(async (options) => finish((await import('./commands/link.ts')).runLink(io, options)));

  command('status', 'show what the running service is doing', [
    'tandem status',
    'tandem status --json | jq .store.messages',
    'tandem status --token              print the access token, if one is set',
  ])
    .option('--json', 'print the status as JSON')
    .option('--token', 'print only the access token of the running service')
    .action(async (options) => finish((await import('./commands/status.ts')).runStatus(io, options)));

  addHistoryCommands(
    program
      .command('history')
      .description('fetch older history from the phone, and see what is held and what is missing')
      .addHelpText('after', `\nEach has its own --help.\n${exitCodesHelp}`),
    command,
    io,
  );

  command('doctor', 'look for what is wrong and say how to mend it', [
    'tandem doctor',
    'tandem doctor --get-browser            downloads one for the webjs engine when none is installed',
    'tandem doctor --bundle report.json     redacted facts for a bug report, with the end of the log',
  ])
    .option('--get-browser', 'fetch a browser for the webjs engine, if there is none')
    .option('--json', 'print the checks as JSON')
    .option(
      '--bundle [file]',
      'write checks and redacted facts into a file, or print them as JSON, for a bug report',
    )
    .action(async (options) => finish((await import('./commands/doctor.ts')).runDoctor(io, options)));

  command('repair', 'save what can be read of a damaged history; the link to the phone stays', [
    'tandem repair                      looks first, and asks before it changes anything',
    'tandem repair --yes                without asking',
    'tandem repair --yes --json         one line of JSON a step, the outcome last',
  ])
    .option('--yes', 'do not ask')
    .option('--json', 'print steps and outcome as JSON')
    .action(async (options) => finish((await import('./commands/repair.ts')).runRepair(io, options)));

  command('mcp', 'MCP over standard input and output, for clients that start a program', [
    'tandem mcp                         joins the running service, or starts one in the background',
  ]).action(async (options) => finish((await import('./commands/mcp.ts')).runMcp(io, options)));

  command('logout', 'unlink the devices; stored messages are kept', [
    'tandem logout',
    'tandem logout --engine webjs       only this engine; the other stays linked',
    'tandem logout --yes                without asking',
  ])
    .addOption(engineOption())
    .option('--yes', 'do not ask')
    .option('--json', 'print the outcome as JSON')
    .action(async (options) => finish((await import('./commands/logout.ts')).runLogout(io, options)));

  return program;
}

/** Checked before anything is asked or begun, and whether or not a service runs. */
function engineOption(): Option {
  return new Option('--engine <name>', 'only this engine (all by default)').choices([...engineNames, 'all']);
}

async function finish(run: Promise<number>): Promise<void> {
  process.exitCode = await run;
}

function readPort(text: string): string {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('expected a port number from 0 to 65535');
  }
  return text;
}
