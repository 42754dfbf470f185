import { type Command, InvalidArgumentError, Option } from 'commander';
import { engineNames } from '#engines/contract/capability.ts';
import { HISTORY_MESSAGES_MAX } from '#kernel/limits.ts';
import type { Io } from '../io.ts';
import { forShell } from './shell-words.ts';

/** Makes a command with what all of them have: --data-dir, examples, exit codes. */
export type AddCommand = (
  name: string,
  description: string,
  examples: readonly string[],
  parent?: Command,
) => Command;

const load = () => import('../commands/history.ts');

export function addHistoryCommands(history: Command, command: AddCommand, io: Io): void {
  const add = (name: string, description: string, examples: readonly string[]) =>
    command(name, description, examples, history).option('--json', 'print one line of JSON a step or a row');

  add('fetch [chat]', 'ask the phone for older messages, of one chat or of all, and show how far it is', [
    'tandem history fetch                                  everything that the phone has',
    'tandem history fetch --since 2024-01-01               back to a date',
    'tandem history fetch "Family" --max 500               the next 500 of one chat',
    'tandem history fetch --no-wait                        start and come back at once',
  ])
    .option('--since <date>', 'nothing older than this, like 2024-01-01 or 2024-01-01T08:00')
    .option('--max <count>', 'most messages, of one chat', readMessageCount)
    .addOption(new Option('--engine <name>', 'ask by this engine only').choices(engineNames))
    .option('--no-wait', 'do not wait for the end')
    .addHelpText('after', '\nCtrl-C ends the showing, not the job.')
    .action(async (chat, options) => finish((await load()).runHistoryFetch(io, chat, options)));

  add('coverage [chat]', 'what is held and what is missing, chat by chat', [
    'tandem history coverage',
    'tandem history coverage --worst 10                    only those with the most missing',
    'tandem history coverage "Family"                      with every interval and its reason',
    'tandem history coverage --json | jq -r "select(.state != \\"complete\\").jid"',
  ])
    .option('--worst <count>', 'how many chats to show, those with the most missing first', readCount)
    .action(async (chat, options) => finish((await load()).runHistoryCoverage(io, chat, options)));

  add('jobs [id]', 'what runs, waits or has ended, and why; with an id, one of them', [
    'tandem history jobs',
    'tandem history jobs job_0123456789abcdef01',
  ]).action(async (id, options) => finish((await load()).runHistoryJobs(io, id, options)));

  const steps = [
    ['cancel', 'end a job; what was fetched stays'],
    ['pause', 'stop a job until it is resumed'],
    ['resume', 'go on with a paused, cancelled or failed job, from where it was'],
  ] as const;
  for (const [action, description] of steps) {
    const target = action === 'pause' ? '<id>' : '<id|chat>';
    add(`${action} ${target}`, description, [
      `tandem history ${action} job_0123456789abcdef01`,
      ...(action === 'pause' ? [] : [`tandem history ${action} "Family"       the job of this chat alone`]),
    ]).action(async (id, options) => finish((await load()).runHistorySteer(io, action, id, options)));
  }
}

async function finish(run: Promise<number>): Promise<void> {
  try {
    process.exitCode = await run;
  } catch (thrown) {
    throw forShell(thrown);
  }
}

export function readMessageCount(text: string): string {
  if (!/^[1-9]\d*$/.test(text) || Number(text) > HISTORY_MESSAGES_MAX)
    throw new InvalidArgumentError(`expected a number from 1 to ${HISTORY_MESSAGES_MAX}`);
  return text;
}

function readCount(text: string): string {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('expected a number from 1 to 9999999');
  return text;
}
