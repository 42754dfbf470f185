import type { ResourceContext } from './resource.ts';

/**
 * Resources of one kind that come and go, such as one for every job; free of any SDK. `P` is what the template's
 * variables hold.
 */
export interface ResourceTemplate<S, P = unknown> {
  /** RFC 6570, for example `whatsapp://jobs/{id}`. */
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** The variables in a URI; null when it is no URI of this template. Must look at the whole URI. */
  match(uri: string): P | null;
  /** The text now; null when there is no such resource, or none that this caller may see. Throws TandemError. */
  read(params: P, ctx: ResourceContext<S>): Promise<string | null>;
  /** Calls `changed` whenever a reader would get something else than before; returns how to stop. */
  watch?(params: P, services: S, changed: () => void): () => void;
}

/** Ids of our own are words of these characters, and short. */
const ID = /^[A-Za-z0-9_-]{1,100}$/;

/** The `match` of a template whose only variable is an id at its end: `matchId('whatsapp://jobs/')`. */
export function matchId(prefix: string): (uri: string) => { readonly id: string } | null {
  return (uri) => {
    if (!uri.startsWith(prefix)) return null;
    const id = uri.slice(prefix.length);
    return ID.test(id) ? { id } : null;
  };
}
