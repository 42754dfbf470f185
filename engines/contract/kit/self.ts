/** The account itself, under both names, canonical and without device; null = not known yet. */
export interface Self {
  readonly pn: string | null;
  readonly lid: string | null;
}

export function isSelf(self: Self, jid: string | null): boolean {
  return jid !== null && (jid === self.pn || jid === self.lid);
}
