import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { streamText } from 'hono/streaming';
import { z } from 'zod';
import type { Account } from './account/account.ts';
import { ME, type SimChat, type SimMessage } from './account/model.ts';
import { accountRoutes } from './control-account.ts';
import {
  answerAgainBody,
  type ChangeBody,
  changeBody,
  codeBody,
  type FaultBody,
  faultBody,
  messageBody,
  type PhoneBody,
  phoneBody,
  qrBody,
  readBody,
  type WebFaultBody,
  webFaultBody,
} from './control-schema.ts';
import { clientEnvironment } from './environment.ts';
import type { Faults } from './faults.ts';
import type { Simulator } from './simulator.ts';
import type { WebFaults } from './web/faults.ts';
import type { PhoneBehaviour } from './wire/phone/behaviour.ts';

/** What the routes reach: everything but the life cycle. */
export type ControlledSimulator = Omit<Simulator, 'controlUrl' | 'close'>;

/** The simulator by HTTP on loopback, for tests in other processes and for people with curl. */
export type Control = { readonly url: string; readonly close: () => Promise<void> };

class NotFoundError extends Error {}

const applyFault = (faults: Faults, body: FaultBody): number | null => {
  switch (body.fault) {
    case 'stream-error':
      return faults.streamError(body.code, body.device);
    case 'drop':
      return faults.drop(body.device);
    case 'cut-next-stanza':
      return faults.cutNextStanza(body.minimumBytes, body.device);
    case 'corrupt-next-message':
      return faults.corruptNextMessage(body.device);
    case 'refuse-connections':
      faults.refuseConnections(body.refusal);
      return null;
    case 'fail-logins':
      faults.failLogins(body.reason, body.times);
      return null;
    case 'next-sends':
      faults.nextSends(...body.fates);
      return null;
    case 'refuse-phone-numbers':
      faults.refusePhoneNumbers(body.on);
      return null;
    case 'refuse-late-changes':
      faults.refuseLateChanges(body.on);
      return null;
    case 'reset':
      faults.reset();
      return null;
  }
};

const applyWebFault = (faults: WebFaults, body: WebFaultBody): number | null => {
  switch (body.fault) {
    case 'hang':
      return faults.hang(body.milliseconds);
    case 'drop':
      return faults.drop();
    case 'reload':
      return faults.reload();
    case 'state':
      return faults.pageState(body.state);
    case 'iframe':
      return faults.iframe(body.times);
    case 'sync-again':
      return faults.syncAgain();
    case 'idle-qr':
      return faults.idleQr();
    case 'set':
      faults.set(body.set);
      return null;
    case 'reset':
      faults.reset();
      return null;
  }
};

const applyChange = (
  account: Account,
  target: { readonly chat: string; readonly id: string },
  request: ChangeBody,
): SimMessage | null => {
  const own = account.messageById(target.chat, target.id)?.fromMe ?? false;
  const origin = { from: own ? 'phone' : 'peer' } as const;
  switch (request.change) {
    case 'edit':
      return account.edit({ ...target, text: request.text, origin });
    case 'revoke':
      return account.revoke({
        ...target,
        origin,
        ...(request.by === undefined ? {} : { by: request.by }),
      });
    case 'delete-for-me':
      return account.deleteForMe({ ...target, origin: { from: 'phone' } });
    case 'react':
    case 'vote': {
      const by = { by: request.by, origin: { from: request.by === ME ? 'phone' : 'peer' } } as const;
      return request.change === 'react'
        ? account.react({ ...target, ...by, emoji: request.emoji })
        : account.vote({ ...target, ...by, options: request.options });
    }
  }
};

/** Lines of JSON, produced while the reader reads: a million of them take no memory. */
const ndjson = (context: Context, items: Iterable<unknown>): Response => {
  const offset = Number(context.req.query('offset') ?? 0);
  const limit = Number(context.req.query('limit') ?? Number.POSITIVE_INFINITY);
  context.header('content-type', 'application/x-ndjson');
  return streamText(context, async (stream) => {
    let index = 0;
    for (const item of items) {
      if (index >= offset + limit || stream.aborted) break;
      if (index++ >= offset) await stream.write(`${JSON.stringify(item)}\n`);
    }
  });
};

export const controlRoutes = (simulator: ControlledSimulator): Hono => {
  const { account, oracle, faults, wire } = simulator;
  const body = async <T extends z.ZodType>(context: Context, schema: T): Promise<z.infer<T>> =>
    schema.parse(await context.req.json());
  const chatOf = (name: string): SimChat => {
    const chat = account.chatByJid(name) ?? account.chats().find(({ key }) => key === name);
    if (!chat) throw new NotFoundError('no such chat');
    return chat;
  };
  /** Orders name chats as people do; the phone knows them by their keys. */
  const withKeys = ({ onDemandByChat, otherChat, ...plain }: PhoneBody): Partial<PhoneBehaviour> => ({
    ...plain,
    ...(otherChat === undefined ? {} : { otherChat: otherChat === null ? null : chatOf(otherChat).key }),
    ...(onDemandByChat === undefined
      ? {}
      : {
          onDemandByChat: Object.fromEntries(
            Object.entries(onDemandByChat).map(([name, rule]) => [chatOf(name).key, rule]),
          ),
        }),
  });
  const devices = () =>
    wire.devices.companions().map((device) => ({
      id: device.id,
      pnJid: device.pnJid,
      lidJid: device.lidJid,
      online: device.online,
      platform: device.registration.platform,
      waiting: device.offlineQueue.size(),
      delivered: simulator.deliveries.count(String(device.id)),
    }));

  return new Hono()
    .onError((error, context) => {
      const status = error instanceof z.ZodError ? 400 : error instanceof NotFoundError ? 404 : 500;
      return context.json({ error: error.message }, status);
    })
    .get('/', (context) =>
      context.json({
        seed: account.shape.seed,
        counts: oracle.counts(),
        environment: clientEnvironment(simulator),
        devices: devices(),
      }),
    )
    .route('/', accountRoutes(simulator))
    .get('/chats', (context) => ndjson(context, account.chats()))
    .get('/oracle/chats', (context) => ndjson(context, oracle.chats()))
    .get('/people', (context) => ndjson(context, account.people()))
    .get('/oracle', (context) => {
      const name = context.req.query('chat');
      return ndjson(context, oracle.messages(name === undefined ? undefined : chatOf(name).key));
    })
    .get('/delivered/:device', (context) =>
      ndjson(context, oracle.delivered(simulator.deliveries, context.req.param('device'))),
    )
    .get('/received', (context) => {
      const id = context.req.query('id');
      return ndjson(context, id === undefined ? wire.mailbox.all() : wire.mailbox.byId(id));
    })
    .get('/history-requests', (context) => {
      const name = context.req.query('chat');
      const { historyRequests } = simulator;
      return ndjson(
        context,
        name === undefined ? historyRequests.all() : historyRequests.of(chatOf(name).key),
      );
    })
    .get('/history-counts', (context) => ndjson(context, simulator.historyRequests.counts()))
    .get('/read-marks', (context) => {
      const name = context.req.query('chat');
      const { readMarks } = simulator;
      return ndjson(context, name === undefined ? readMarks.all() : [readMarks.of(chatOf(name).key)]);
    })
    .get('/read-receipts', (context) => ndjson(context, wire.readReceipts))
    .get('/page-calls', (context) => {
      const name = context.req.query('call');
      const { log } = simulator.web;
      return ndjson(context, name === undefined ? log.all() : log.named(name));
    })
    .get('/devices', (context) => context.json(devices()))
    .delete('/devices/:id', (context) => {
      if (!wire.phone.unlink(Number(context.req.param('id')))) throw new NotFoundError('no such device');
      return context.json({ unlinked: true });
    })
    .post('/link/qr', async (context) => {
      const { text } = await body(context, qrBody);
      return context.json({ result: await simulator.phone.scanQr(text) });
    })
    .post('/link/code', async (context) => {
      const { code } = await body(context, codeBody);
      return context.json({ result: await simulator.phone.enterCode(code) });
    })
    .post('/messages', async (context) => {
      const { chat, text, from, sender, quoteId, id } = await body(context, messageBody);
      const draft = {
        chat: chatOf(chat).key,
        content: { type: 'text', text },
        ...(quoteId === undefined ? {} : { quoteId }),
        ...(id === undefined ? {} : { id }),
      } as const;
      const message =
        from === 'phone'
          ? account.sendFromPhone(draft)
          : account.receive({ ...draft, ...(sender === undefined ? {} : { sender }) });
      return context.json({ chat: message.chat, id: message.id, time: message.time });
    })
    .post('/changes', async (context) => {
      const request = await body(context, changeBody);
      const changed = applyChange(account, { chat: chatOf(request.chat).key, id: request.id }, request);
      if (!changed) throw new NotFoundError('no such message');
      return context.json({ chat: changed.chat, id: changed.id });
    })
    .post('/read', async (context) => {
      const { chat, read } = await body(context, readBody);
      account.markRead({ chat: chatOf(chat).key, read, origin: { from: 'phone' } });
      return context.json({ read });
    })
    .post('/phone', async (context) => {
      Object.assign(faults.phone, withKeys(await body(context, phoneBody)));
      return context.json(faults.phone);
    })
    .post('/history-answers', async (context) => {
      const { requestId } = await body(context, answerAgainBody);
      if (!(await simulator.phone.answerAgain(requestId))) throw new NotFoundError('no such answer');
      return context.json({ delivered: true });
    })
    .post('/faults', async (context) =>
      context.json({ devices: applyFault(faults, await body(context, faultBody)) }),
    )
    .post('/web-faults', async (context) =>
      context.json({ pages: applyWebFault(simulator.web.faults, await body(context, webFaultBody)) }),
    );
};

export const startControl = async (simulator: ControlledSimulator, port = 0): Promise<Control> => {
  const routes = controlRoutes(simulator);
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const started = serve({ fetch: routes.fetch, hostname: '127.0.0.1', port }, () => resolve(started));
    started.once('error', reject);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
};
