import type { BinaryNode } from '@whiskeysockets/baileys';
import type { IqHandler, IqRefusal, LinkedDevice, WireLog, WireModule } from './contract.ts';
import { children, node } from './nodes.ts';

/** Finds the handler of an IQ and wraps its answer. Null: the request stays unanswered. */
export type IqTable = (stanza: BinaryNode, device: LinkedDevice) => Promise<BinaryNode | null>;

const NOT_IMPLEMENTED = 501;
const INTERNAL = 500;

const refusalCode = (error: unknown): number =>
  error instanceof Error && 'iqCode' in error ? (error as IqRefusal).iqCode : INTERNAL;

export const createIqTable = (modules: readonly WireModule[], log: WireLog): IqTable => {
  const handlers = modules
    .flatMap((module) => module.iqs)
    .toSorted((a, b) => Number(b.child !== undefined) - Number(a.child !== undefined));

  const find = (xmlns: string, type: string, tag: string | undefined): IqHandler | undefined =>
    handlers.find(
      (handler) =>
        handler.xmlns === xmlns &&
        (handler.type === undefined || handler.type === type) &&
        (handler.child === undefined || handler.child === tag),
    );

  return async (stanza, device) => {
    const { xmlns = '', id = '', to = '' } = stanza.attrs;
    const type = stanza.attrs.type === 'set' ? 'set' : 'get';
    const first = children(stanza)[0] ?? null;
    const handler = find(xmlns, type, first?.tag);
    const refuse = (code: number, text: string): BinaryNode =>
      node('iq', { type: 'error', id, from: to }, [node('error', { code: String(code), text })]);
    if (!handler) {
      log('iq without a handler', { xmlns, type, child: first?.tag ?? null });
      return refuse(NOT_IMPLEMENTED, 'feature-not-implemented');
    }
    try {
      const answer = await handler.handle({ node: stanza, type, child: first, to, device });
      return answer === null ? null : node('iq', { type: 'result', id, from: to }, [...answer]);
    } catch (error) {
      const code = refusalCode(error);
      if (code === INTERNAL) log('iq handler failed', { xmlns, type, child: first?.tag ?? null, error });
      return refuse(code, error instanceof Error ? error.message : 'internal-server-error');
    }
  };
};
