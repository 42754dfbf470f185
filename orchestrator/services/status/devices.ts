import type { EngineName } from '#engines/contract/capability.ts';
import type { ServiceContext } from '../context.ts';
import { compact, type Reply, servedBy } from '../reply.ts';

export interface LinkedDevices {
  /** Empty when the engine that answered only knows how many there are. */
  readonly devices: {
    readonly device_jid: string;
    /** 0 = the phone. */
    readonly device_number: number;
    readonly is_phone: boolean;
    readonly is_this_engine: boolean;
    readonly engine?: EngineName;
  }[];
  readonly listed: boolean;
  /** Devices linked to the phone, this service included. */
  readonly count: number;
  readonly limit: number;
  readonly warning?: 'LIMIT_NEAR' | 'LIMIT_REACHED';
}

/** WhatsApp lets a phone have four linked devices. */
const COMPANIONS_MAX = 4;

/** Which devices the account has. Errors: those of the router. */
export function createLinkedDevices({ router }: ServiceContext) {
  return async (signal?: AbortSignal): Promise<Reply<LinkedDevices>> => {
    const outcome = await router.call('devices.list', {}, signal === undefined ? {} : { signal });
    const { listed, count, devices } = outcome.output;
    // Both ways of counting take the phone in.
    const companions = listed ? devices.filter(({ number }) => number !== 0).length : Math.max(0, count - 1);
    const free = COMPANIONS_MAX - companions;
    return {
      data: compact({
        devices: devices.map(({ jid, number, isSelf }) =>
          compact({
            device_jid: withDevice(jid, number),
            device_number: number,
            is_phone: number === 0,
            is_this_engine: isSelf,
            engine: isSelf ? outcome.engine : undefined,
          }),
        ),
        listed,
        count: companions,
        limit: COMPANIONS_MAX,
        warning: free <= 0 ? ('LIMIT_REACHED' as const) : free === 1 ? ('LIMIT_NEAR' as const) : undefined,
      }),
      meta: servedBy(outcome),
      summary: `${companions} of ${COMPANIONS_MAX} linked devices.`,
    };
  };
}

function withDevice(jid: string, number: number): string {
  return number === 0 ? jid : jid.replace('@', `:${number}@`);
}
