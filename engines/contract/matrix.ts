import { type Capability, capabilities, type EngineName, engineNames } from './capability.ts';

/** What whatsapp-web.js has no way to do. */
const NOT_IN_WEBJS: readonly Capability[] = ['message.markRead'];

/**
 * Which engine can do what, as data: documents and errors read it without starting an engine. The conformance suite
 * holds each engine to it in both directions.
 */
export const engineMatrix: Readonly<Record<EngineName, readonly Capability[]>> = Object.freeze({
  baileys: capabilities,
  webjs: capabilities.filter((capability) => !NOT_IN_WEBJS.includes(capability)),
});

/** Engines that fetch a file only with the keys that its message brought; the others look the message up themselves. */
export const needsMediaKeys: readonly EngineName[] = ['baileys'];

/** Engines that implement a capability, configured here or not. */
export function enginesWith(capability: Capability): readonly EngineName[] {
  return engineNames.filter((engine) => engineMatrix[engine].includes(capability));
}
