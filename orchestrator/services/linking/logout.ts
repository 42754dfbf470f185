import type { EngineName } from '#engines/contract/capability.ts';
import { type ErrorBody, TandemError, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import type { Reply } from '../reply.ts';
import { chosenEngines, type EngineChoice, isLinked } from './choose-engine.ts';
import { waitUntil } from './wait.ts';

export interface LogoutRequest {
  readonly engine: EngineChoice;
  readonly confirm: boolean;
}

export interface LogoutResult {
  readonly engines: {
    readonly engine: EngineName;
    readonly was_linked: boolean;
    readonly unlinked_on_server: boolean;
    readonly session_deleted: boolean;
    readonly error?: ErrorBody;
  }[];
  readonly messages_kept: true;
}

/** The news of the new state comes by itself, within milliseconds; whoever asks next must not hear the old one. */
const STATE_WAIT_MS = 1_000;

/** Unlinks devices for good; the history stays. Errors: VALIDATION_ERROR without confirm, LOGOUT_PARTIAL. */
export function createLogout({ fleet, router }: ServiceContext) {
  return async (request: LogoutRequest, signal?: AbortSignal): Promise<Reply<LogoutResult>> => {
    if (!request.confirm) {
      throw new TandemError('VALIDATION_ERROR', {
        message: 'confirm: must be true, because logout unlinks the device for good.',
        hint: 'Ask the user, then call logout with confirm true. Stored messages are kept.',
        details: { problems: [{ field: 'confirm', problem: 'expected true' }] },
      });
    }
    const engines: LogoutResult['engines'] = [];
    for (const view of chosenEngines(fleet, request.engine)) {
      const { engine, status } = view;
      if (status !== null && (status.level === 'unlinked' || status.level === 'logged-out')) {
        engines.push({ engine, was_linked: false, unlinked_on_server: false, session_deleted: false });
        continue;
      }
      try {
        const options = signal === undefined ? { engine } : { engine, signal };
        const { output } = await router.call('session.logout', {}, options);
        const stillLinked = () => fleet.engines().some((one) => one.engine === engine && isLinked(one));
        await waitUntil(() => !stillLinked(), STATE_WAIT_MS, signal);
        engines.push({
          engine,
          was_linked: true,
          unlinked_on_server: output.unlinkedOnServer,
          session_deleted: output.sessionDeleted,
        });
      } catch (thrown) {
        const error = toErrorBody(toTandemError(thrown));
        engines.push({
          engine,
          was_linked: true,
          unlinked_on_server: false,
          session_deleted: false,
          error,
        });
      }
    }
    const linked = engines.filter(({ was_linked }) => was_linked);
    if (linked.some(({ session_deleted, unlinked_on_server }) => session_deleted && !unlinked_on_server))
      throw new TandemError('LOGOUT_PARTIAL', { details: { engines } });
    const failed = linked.find(({ error }) => error !== undefined)?.error;
    if (failed !== undefined)
      throw new TandemError(failed.code, {
        message: failed.message,
        hint: failed.hint,
        details: { engines },
      });
    return {
      data: { engines, messages_kept: true },
      summary: linked.length === 0 ? 'Nothing was linked.' : 'Unlinked; stored messages are kept.',
    };
  };
}
