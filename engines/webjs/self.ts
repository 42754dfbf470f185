/** The own identities, as the contract writes them (`…@s.whatsapp.net`, `…@lid`), without device. */
export interface Self {
  readonly pn: string | null;
  readonly lid: string | null;
}
