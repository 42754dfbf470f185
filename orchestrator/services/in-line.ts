/** What stands in line for one thing, by the store that the thing lives in. */
const lines = new WeakMap<object, Map<number, Promise<void>>>();

/**
 * Does one work after the other on the same thing of a store, in this process: what comes later sees what came before. A work
 * that fails does not stop the next.
 */
export async function inLine<T>(store: object, id: number, work: () => Promise<T>): Promise<T> {
  const line = lines.get(store) ?? new Map<number, Promise<void>>();
  lines.set(store, line);
  const turn = (line.get(id) ?? Promise.resolve()).then(work);
  const end = turn.then(
    () => undefined,
    () => undefined,
  );
  line.set(id, end);
  try {
    return await turn;
  } finally {
    if (line.get(id) === end) line.delete(id);
  }
}
