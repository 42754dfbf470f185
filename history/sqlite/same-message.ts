import type { MessageRow } from './message-rows.ts';

/** Same author, or not known on one of the two sides: ids collide between authors only by design of a client. */
export function sameMessage(rows: readonly MessageRow[], fromMe: boolean, sender: number): MessageRow | null {
  const mine = rows.filter((row) => (row.from_me === 1) === fromMe);
  const exact = mine.find((row) => row.sender_id === sender);
  if (exact !== undefined) return exact;
  if (sender === 0) return mine.length === 1 ? (mine[0] ?? null) : null;
  return mine.find((row) => row.sender_id === 0) ?? null;
}
