import type { Self } from '../self.ts';

export function isSelf(self: Self, jid: string | null): boolean {
  return jid !== null && (jid === self.pn || jid === self.lid);
}
