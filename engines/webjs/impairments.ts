import { type Capability, capabilities } from '#engines/contract/capability.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { Impairment } from '#engines/contract/state.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import type { StatusBoard } from './status-board.ts';

/** What this engine can do in general and not with the page of today. */
export interface Impairments {
  /** The same commands; one that finds the page changed is impaired until it works again. */
  watch(commands: CommandHandlers): CommandHandlers;
  /** The page lacks what these need, as far as one can see from outside. Those that call says nothing of are well. */
  found(missing: ReadonlyMap<Capability, readonly string[]>): void;
  any(): boolean;
}

export interface ImpairmentsDeps {
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly onChange: () => void;
}

type AnyHandler = (input: never, signal: AbortSignal) => Promise<unknown>;

export function createImpairments({ board, clock, onChange }: ImpairmentsDeps): Impairments {
  const impaired = new Map<Capability, Impairment>();

  function tell(): void {
    board.set({ impaired: capabilities.flatMap((name) => impaired.get(name) ?? []) });
    onChange();
  }

  function set(capability: Capability, error: TandemError): void {
    if (impaired.has(capability)) return;
    impaired.set(capability, { capability, error: toErrorBody(error), sinceMs: clock.now() });
    tell();
  }

  function clear(capability: Capability): void {
    if (impaired.delete(capability)) tell();
  }

  function watched(capability: Capability, handler: AnyHandler): AnyHandler {
    return async (input, signal) => {
      try {
        const output = await handler(input, signal);
        clear(capability);
        return output;
      } catch (error) {
        if (isPageChanged(error)) set(capability, error);
        throw error;
      }
    };
  }

  return {
    watch: (commands) =>
      Object.fromEntries(
        Object.entries(commands).map(([name, handler]) => [
          name,
          watched(name as Capability, handler as AnyHandler),
        ]),
      ),
    found: (missing) => {
      for (const [capability] of impaired) if (!missing.has(capability)) clear(capability);
      for (const [capability, modules] of missing) {
        set(
          capability,
          new TandemError('WHATSAPP_API_ERROR', {
            engine: 'webjs',
            details: { reason: 'page-changed', modules },
          }),
        );
      }
    },
    any: () => impaired.size > 0,
  };
}

function isPageChanged(error: unknown): error is TandemError {
  return error instanceof TandemError && error.details?.reason === 'page-changed';
}
