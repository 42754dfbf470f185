import assert from 'node:assert/strict';
import { anna, NOW_SECONDS } from '#orchestrator/services/testing/sample-history.ts';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

describe('tools: sending', () => {
  let tools: ToolClient;
  let sends = 0;
  const open = async (sending: boolean) => {
    sends = 0;
    tools = await openToolClient({
      config: { sending },
      commands: {
        'send.text': ({ messageId, chat }) => {
          sends += 1;
          return Promise.resolve({ messageId, chat, sentAt: NOW_SECONDS, status: 'sent' as const });
        },
      },
    });
  };
  afterEach(() => tools.close());

  it('send_message under the argument names of other servers', async () => {
    await open(true);
    const { data } = await tools.call('send_message', { recipient: 'Anna Müller', message: 'Hello' });
    assert.deepEqual([data.sent, data.chat_jid], [true, anna.lid]);
    const again = await tools.call('send_text_message_v2', { recipient_jid: anna.pn, text: 'Hello' });
    assert.deepEqual([again.data.sent, again.data.message_id], [false, data.message_id]);
    assert.equal(sends, 1);
  });

  it('refuses before anything is sent', async () => {
    await open(true);
    await tools.refuses('RECIPIENT_AMBIGUOUS', 'send_message', { to: 'Carla', message: 'Hello' });
    await tools.refuses('TEXT_TOO_LONG', 'send_message', { to: 'Annabel', message: 'x'.repeat(4_097) });
    await tools.refuses('VALIDATION_ERROR', 'send_message', { to: 'Annabel', text: 'a', message: 'b' });
    assert.equal(sends, 0);
  });

  it('is neither listed nor answered while sending is off', async () => {
    await open(false);
    const { tools: listed } = await tools.client.listTools();
    assert.ok(!listed.some(({ name }) => name === 'send_message'));
    const error = await tools.refuses('TOOL_DISABLED', 'send_message', { to: anna.pn, message: 'Hello' });
    assert.match(String(error.hint), /TANDEM_SENDING/);
    assert.equal(sends, 0);
  });
});
