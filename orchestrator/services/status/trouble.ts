import type { EngineName } from '#engines/contract/capability.ts';
import type { Clock } from '#kernel/clock.ts';
import { toTandemError } from '#kernel/errors.ts';
import type { FleetPort, RouterPort, SendingPort } from '../ports.ts';

/** Counts what went wrong with each engine lately. In memory: a new process starts with a clean slate. */
export interface TroubleLog {
  /** Failed calls and lost connections of the last five minutes. */
  recent(engine: EngineName): number;
  /** The same ports; their failures are counted. */
  watchRouter(router: RouterPort): RouterPort;
  watchSending(sending: SendingPort): SendingPort;
}

const WINDOW_MS = 5 * 60_000;
/** A storm of failures is a storm, whatever its size. */
const KEPT_MAX = 1_000;
/** Below this an error is an answer to the caller (no such group, bad input), and no trouble of the engine. */
const SERVER_FAULT = 500;

export function createTroubleLog(
  fleet: FleetPort,
  onChange: (listener: () => void) => () => void,
  clock: Clock,
): TroubleLog {
  const times = new Map<EngineName, number[]>();
  const lastDisconnect = new Map<EngineName, number>();
  const within = (engine: EngineName) =>
    (times.get(engine) ?? []).filter((at) => at > clock.now() - WINDOW_MS);
  const add = (engine: EngineName, at: number) => times.set(engine, [...within(engine), at].slice(-KEPT_MAX));

  const lookAtDisconnects = () => {
    for (const { engine, status } of fleet.engines()) {
      const last = status?.lastDisconnect ?? null;
      // A restart that the server asks for after linking is part of the protocol.
      if (last === null || last.reason === 'restart-required') continue;
      const { atMs: at } = last;
      if (lastDisconnect.get(engine) === at) continue;
      lastDisconnect.set(engine, at);
      if (at > clock.now() - WINDOW_MS) add(engine, at);
    }
  };
  onChange(lookAtDisconnects);

  /** The engine that failed: the one that says so, the one that was asked for, or the only one there is. */
  const blame = (thrown: unknown, asked: EngineName | undefined) => {
    const error = toTandemError(thrown);
    if (error.httpStatus < SERVER_FAULT || error.code === 'CAPABILITY_UNAVAILABLE') return;
    const engines = fleet.engines().map(({ engine }) => engine);
    const named = engines.find((engine) => engine === (error.engine ?? asked));
    const only = engines.length === 1 ? engines[0] : undefined;
    const engine = named ?? only;
    if (engine !== undefined) add(engine, clock.now());
  };
  const watched = async <T>(call: Promise<T>, asked?: EngineName): Promise<T> => {
    try {
      return await call;
    } catch (thrown) {
      blame(thrown, asked);
      throw thrown;
    }
  };

  return {
    recent: (engine) => {
      lookAtDisconnects();
      return within(engine).length;
    },
    watchRouter: (router) => ({
      call: (capability, input, options) => watched(router.call(capability, input, options), options?.engine),
      routes: () => router.routes(),
      health: (engine) => router.health(engine),
    }),
    watchSending: (sending) => ({
      sendText: (request, signal) => watched(sending.sendText(request, signal)),
      forward: (request, signal) => watched(sending.forward(request, signal)),
    }),
  };
}
