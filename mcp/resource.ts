import type { Principal } from './tool.ts';

/** A resource as this project describes it, free of any SDK. */
export interface Resource<S> {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** The text of the resource now. Works without any linked engine. Throws TandemError. */
  read(ctx: ResourceContext<S>): Promise<string>;
  /** Calls `changed` whenever a reader would get something else than before; returns how to stop. */
  watch?(services: S, changed: () => void): () => void;
}

export interface ResourceContext<S> {
  readonly principal: Principal;
  readonly services: S;
}
