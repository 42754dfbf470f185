import { createInterface } from 'node:readline/promises';
import { TandemError } from '#kernel/errors.ts';
import { requireService } from '../client/find-service.ts';
import { createServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type CommonOptions, configOf } from '../settings.ts';

export interface LogoutOptions extends CommonOptions {
  readonly engine?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `tandem logout`. The engine says goodbye to WhatsApp, so a service has to run. Errors: NOT_RUNNING, LOGOUT_PARTIAL. */
export async function runLogout(io: Io, options: LogoutOptions): Promise<number> {
  const service = await requireService(
    configOf(io.env, options),
    'Start it with `tandem up`, then log out; or remove the device on the phone under Linked devices.',
  );
  const engine = options.engine === 'all' ? undefined : options.engine;
  if (options.yes !== true && !(await confirmed(engine))) return exitCodes.interrupted;
  const answer = await createServiceClient(service).logout(engine === undefined ? {} : { engine });
  if (options.json === true) {
    io.json(answer);
    return exitCodes.ok;
  }
  for (const one of answer.engines) {
    io.out.print(
      one.was_linked
        ? `${io.out.colours.green('✔')} ${one.engine}: unlinked. Stored messages are kept.`
        : `${io.out.colours.dim('•')} ${one.engine}: was not linked.`,
    );
  }
  return exitCodes.ok;
}

async function confirmed(engine: string | undefined): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    throw new TandemError('VALIDATION_ERROR', {
      message: 'Logging out needs a confirmation.',
      hint: 'Add --yes where nobody can be asked.',
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question(
      `Unlink ${engine ?? 'every linked device of this service'}? The messages are kept, linking again needs the phone. [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
