import type { Registry } from '../registry.ts';

/** How the service introduces itself in both protocol families. */
export function serverIdentity(registry: Registry) {
  return { name: 'tandem', title: 'Tandem for WhatsApp', version: registry.version };
}

export const NO_SUCH_RESOURCE = 'There is no such resource.';
