/** Lines of one language or one theme; curly slots are filled from its own lists. */
export interface Tongue {
  readonly lines: readonly string[];
  readonly slots: Readonly<Record<string, readonly string[]>>;
}
