import type { Capability, EngineName } from '#engines/contract/capability.ts';
import { engineMatrix } from '#engines/contract/matrix.ts';
import type { Config } from '#kernel/config.ts';
import type {
  CallAttempt,
  CallOptions,
  FleetPort,
  PassedOver,
  RouterPort,
  SendingPort,
  SendTextOutcome,
} from './ports.ts';

type RoutingSettings = Pick<Config, 'routing' | 'routes'>;
interface Served {
  readonly engine: EngineName;
  readonly attempts: readonly CallAttempt[];
}

/**
 * Says of every answer which engine would have given it, had it been able to: an engine that is down is not asked, so
 * the attempts alone do not show that another one stands in. An engine that nobody linked yet is not missed.
 */
export function createPassedOver(router: RouterPort, fleet: FleetPort, settings: RoutingSettings) {
  const firstChoice = (capability: Capability, options: CallOptions): EngineName | undefined => {
    if (options.engine !== undefined) return undefined;
    const able = fleet
      .engines()
      .map(({ engine }) => engine)
      .filter((engine) => engineMatrix[engine].includes(capability));
    const named = options.preferred ?? settings.routes[capability];
    if (named !== undefined && able.includes(named)) return named;
    // In turns, or by speed, it is nobody's turn in particular.
    return settings.routing === 'prefer-first' ? able[0] : undefined;
  };

  const find = (
    capability: Capability,
    options: CallOptions,
    served: Served,
  ): { readonly passedOver?: PassedOver } => {
    const engine = firstChoice(capability, options);
    if (engine === undefined || engine === served.engine) return {};
    if (served.attempts.some((attempt) => attempt.engine === engine)) return {};
    const view = fleet.engines().find((one) => one.engine === engine);
    const level = view?.status?.level;
    if (level === 'unlinked' || level === 'linking') return {};
    const route = router.routes().find((one) => one.capability === capability);
    const code = route?.excluded.find((one) => one.engine === engine)?.code;
    return code === undefined ? {} : { passedOver: { engine, code } };
  };

  return {
    watchRouter: (inner: RouterPort): RouterPort => ({
      call: async (capability, input, options = {}) => {
        const outcome = await inner.call(capability, input, options);
        return { ...outcome, ...find(capability, options, outcome) };
      },
      routes: () => inner.routes(),
      health: (engine) => inner.health(engine),
    }),
    watchSending: (inner: SendingPort): SendingPort => {
      const told = (
        capability: Capability,
        outcome: SendTextOutcome,
        options: CallOptions = {},
      ): SendTextOutcome =>
        outcome.duplicate === 'none' ? { ...outcome, ...find(capability, options, outcome) } : outcome;
      return {
        sendText: async (request, signal) => told('send.text', await inner.sendText(request, signal)),
        forward: async (request, signal) => {
          const { preferred } = request;
          const options = preferred === undefined ? {} : { preferred };
          return told('message.forward', await inner.forward(request, signal), options);
        },
      };
    },
  };
}
