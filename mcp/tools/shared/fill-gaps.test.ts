import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { checkMayFill } from './fill-gaps.ts';

describe('filling gaps', () => {
  const context = (scopes: readonly ('wa:read' | 'wa:history')[]) =>
    ({ principal: { id: 'reader', scopes } }) as unknown as Parameters<typeof checkMayFill>[1];
  const code = (work: () => void) => {
    try {
      work();
      return null;
    } catch (thrown) {
      return thrown instanceof TandemError ? thrown.code : assert.fail(String(thrown));
    }
  };

  it('is for one chat, and for who may fetch history', () => {
    assert.equal(
      code(() => checkMayFill({ chat: 'Anna' }, context(['wa:read', 'wa:history']))),
      null,
    );
    assert.equal(
      code(() => checkMayFill({ chat: 'Anna' }, context(['wa:read']))),
      'ACCESS_DENIED',
    );
    assert.equal(
      code(() => checkMayFill({}, context(['wa:read', 'wa:history']))),
      'VALIDATION_ERROR',
    );
  });
});
