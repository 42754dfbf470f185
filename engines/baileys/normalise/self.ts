/** The account itself, under both names; null = not known yet. Canonical ids. */
export interface Self {
  readonly pn: string | null;
  readonly lid: string | null;
}

export function isSelf(self: Self, jid: string | null): boolean {
  return jid !== null && (jid === self.pn || jid === self.lid);
}
