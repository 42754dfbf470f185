import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { isLinked } from '../linking/choose-engine.ts';
import { createLinkedDevices, type LinkedDevices } from '../status/devices.ts';
import { isAvailable } from '../status/engine-state.ts';
import { type Check, failed, passed } from './check.ts';

/** A person waits; what the phone said of its devices is good to know and no more. */
const ASK_LIMIT_MS = 5 * MILLISECONDS_PER_SECOND;

/** A phone takes four linked devices beside itself, and each engine is one. */
export async function checkDevices(context: ServiceContext): Promise<Check> {
  const views = context.fleet.engines();
  const linked = views.filter(isLinked);
  const known = views.some(isAvailable) ? await ask(context) : null;
  const here = `${linked.length} of ${views.length} engines are linked devices of the account`;
  const finding =
    known === null
      ? `${here}; a phone takes four.`
      : `${here}; with others it has ${known.count} of at most ${known.limit}.`;
  const missing = views.filter((view) => !isLinked(view)).map(({ engine }) => engine);
  if (linked.length > 0 && missing.length > 0) {
    const full = known?.warning === 'LIMIT_REACHED' ? 'Remove a device on the phone first. ' : '';
    return failed(
      'devices',
      'warning',
      finding,
      `${full}Link the rest with \`tandem link --engine ${missing[0]}\`: while the linked one is down, nobody takes over.`,
    );
  }
  // That no other device fits is no fault as long as every engine is one of them.
  return passed('devices', finding);
}

async function ask(context: ServiceContext): Promise<LinkedDevices | null> {
  try {
    return (await createLinkedDevices(context)(AbortSignal.timeout(ASK_LIMIT_MS))).data;
  } catch {
    return null;
  }
}
