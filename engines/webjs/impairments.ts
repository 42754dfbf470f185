import { type Capability, capabilities } from '#engines/contract/capability.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { Impairment } from '#engines/contract/state.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';

/** What this engine can do in general, and not with the page of today. */
export interface Impairments {
  /** The same commands; one that finds the page changed is impaired until it works again. */
  watch(commands: CommandHandlers): CommandHandlers;
  /** Looks what the page lacks. Never throws. */
  look(): Promise<void>;
  any(): boolean;
  close(): void;
}

export interface ImpairmentsDeps {
  readonly board: StatusBoard;
  readonly clock: Clock;
  /** What the page lacks for each capability; null when there is no page to ask. */
  readonly missing: () => Promise<ReadonlyMap<Capability, readonly string[]> | null>;
  readonly onChange: () => void;
}

/** The page loads parts of itself when they are needed: what was missing may come. */
const LOOK_AGAIN_MS = 60_000;

type AnyHandler = (input: never, signal: AbortSignal) => Promise<unknown>;

export function createImpairments({ board, clock, missing, onChange }: ImpairmentsDeps): Impairments {
  const impaired = new Map<Capability, Impairment>();
  /** Impaired because something was not there, not because it failed. */
  const lacking = new Map<Capability, TandemError>();
  let timer: NodeJS.Timeout | null = null;

  function set(capability: Capability, error: TandemError): void {
    if (impaired.has(capability)) return;
    impaired.set(capability, { capability, error: toErrorBody(error), sinceMs: clock.now() });
    tell();
  }

  function clear(capability: Capability): void {
    lacking.delete(capability);
    if (impaired.delete(capability)) tell();
  }

  function tell(): void {
    board.set({ impaired: capabilities.flatMap((name) => impaired.get(name) ?? []) });
    onChange();
  }

  async function look(): Promise<void> {
    const found = await missing().catch(() => null);
    if (found === null) return;
    const { capabilities: offered } = board.get();
    for (const capability of [...lacking.keys()]) if (!found.has(capability)) clear(capability);
    for (const [capability, modules] of found) {
      if (!offered.includes(capability)) continue;
      const details = { reason: 'page-changed', missing: modules };
      const error = new TandemError('WHATSAPP_API_ERROR', { engine: 'webjs', details });
      lacking.set(capability, error);
      set(capability, error);
    }
    if (timer !== null) clearTimeout(timer);
    timer = lacking.size === 0 ? null : setTimeout(() => void look(), LOOK_AGAIN_MS).unref();
  }

  function watched(capability: Capability, handler: AnyHandler): AnyHandler {
    return async (input, signal) => {
      // Without what it needs it might do nothing and say that it was done.
      if (lacking.has(capability)) await look();
      const lack = lacking.get(capability);
      if (lack !== undefined) throw lack;
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
    look,
    any: () => impaired.size > 0,
    close: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function isPageChanged(error: unknown): error is TandemError {
  return error instanceof TandemError && error.details?.reason === 'page-changed';
}
