import assert from 'node:assert/strict';
import { node } from './nodes.ts';
import { createOfflineQueue } from './offline-queue.ts';

const message = (id: string, from: string, recipient?: string) => node('message', { id, from, recipient });

describe('the offline queue', () => {
  it('replays what was not acknowledged, oldest first and numbered', () => {
    const queue = createOfflineQueue();
    for (const id of ['A', 'B', 'C']) queue.add(message(id, '1@lid'));
    queue.acknowledge('message', node('receipt', { id: 'B', to: '1@lid' }));
    const replay = queue.replay().map(({ attrs }) => [attrs.id, attrs.offline]);
    assert.deepEqual(replay, [
      ['A', '0'],
      ['C', '1'],
    ]);
  });

  it('does not mix up the same id in two chats, or a message with a receipt', () => {
    const queue = createOfflineQueue();
    queue.add(message('A', '1@lid'));
    queue.add(message('A', '2@lid'));
    queue.add(node('receipt', { id: 'A', from: '1@lid' }));
    queue.acknowledge('message', node('ack', { id: 'A', to: '1@lid' }));
    const left = queue.replay().map(({ tag, attrs }) => `${tag} ${attrs.from}`);
    assert.deepEqual(left, ['message 2@lid', 'receipt 1@lid']);
  });

  it('knows an own message by the chat it went to', () => {
    const queue = createOfflineQueue();
    queue.add(message('A', 'me:0@lid', '2@lid'));
    queue.acknowledge('message', node('receipt', { id: 'A', to: 'me@lid', recipient: '2@lid' }));
    assert.equal(queue.size(), 0);
  });
});
