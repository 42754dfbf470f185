import assert from 'node:assert/strict';
import { errorOfReason } from './reason-errors.ts';

describe('engine kit: errors of reasons', () => {
  it('are there where a person has to act, and name the engine', () => {
    const error = errorOfReason('webjs', 'browser-missing');
    assert.deepEqual([error?.code, error?.engine], ['BROWSER_MISSING', 'webjs']);
    for (const reason of ['none', 'connection-lost', 'page-hung'] as const) {
      assert.equal(errorOfReason('webjs', reason), null);
    }
  });
});
