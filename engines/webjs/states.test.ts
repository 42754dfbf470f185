import assert from 'node:assert/strict';
import { reasonTexts } from '#engines/contract/state.ts';
import { decideState, reasonOfAction, type StateFacts, TAKEOVERS_MAX } from './states.ts';

/** Every state that the library knows, and what must follow. */
const table: readonly (readonly [Partial<StateFacts> & Pick<StateFacts, 'state'>, string])[] = [
  [{ state: 'CONNECTED' }, 'nothing'],
  [{ state: 'OPENING' }, 'wait connection-lost'],
  [{ state: 'PAIRING' }, 'wait connection-lost'],
  [{ state: 'TIMEOUT' }, 'wait connection-lost'],
  [{ state: 'UNLAUNCHED' }, 'wait connection-lost'],
  [{ state: 'PROXYBLOCK' }, 'wait network-unreachable'],
  [{ state: 'CONFLICT' }, 'take-over replaced'],
  [{ state: 'CONFLICT', takeovers: TAKEOVERS_MAX - 1 }, 'take-over replaced'],
  [{ state: 'CONFLICT', takeovers: TAKEOVERS_MAX }, 'stop replaced'],
  [{ state: 'LOGOUT' }, 'forget logged-out'],
  [{ state: 'UNPAIRED' }, 'forget logged-out'],
  [{ state: 'UNPAIRED_IDLE' }, 'forget logged-out'],
  [{ state: 'TOS_BLOCK' }, 'stop forbidden'],
  [{ state: 'SMB_TOS_BLOCK' }, 'stop forbidden'],
  [{ state: 'DEPRECATED_VERSION' }, 'restart client-outdated'],
  [{ state: 'DEPRECATED_VERSION', reloadedAsOutdated: true }, 'stop client-outdated'],
  [{ state: 'SOMETHING_NEW' }, 'wait connection-lost'],
];

describe('webjs: states of the page', () => {
  for (const [facts, wanted] of table) {
    it(`${JSON.stringify(facts)} → ${wanted}`, () => {
      const action = decideState({ takeovers: 0, reloadedAsOutdated: false, ...facts });
      if (action.do === 'nothing') {
        assert.equal(wanted, 'nothing');
        return;
      }
      const reason = reasonOfAction(action);
      assert.equal(`${action.do} ${reason}`, wanted);
      assert.ok(reasonTexts[reason].action.length > 0);
    });
  }
});
