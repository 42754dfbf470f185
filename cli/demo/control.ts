import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';

const chatSchema = z.object({
  key: z.string(),
  kind: z.string(),
  canonicalJid: z.string(),
  peer: z.string().nullable(),
  group: z
    .object({
      announce: z.boolean(),
      members: z.array(z.object({ person: z.string(), role: z.enum(['member', 'admin', 'superadmin']) })),
    })
    .nullable(),
});
export type DemoChat = z.infer<typeof chatSchema>;

/** A message as the account itself knows it: what the store should hold. */
const truthSchema = z.object({
  chatJid: z.string(),
  id: z.string(),
  fromMe: z.boolean(),
  senderJid: z.string(),
  type: z.string(),
  text: z.string().nullable(),
  revoked: z.boolean(),
  timeSeconds: z.int(),
  deletedForMe: z.boolean(),
});
export type TrueMessage = z.infer<typeof truthSchema>;

const trueChatSchema = z.object({
  canonicalJid: z.string(),
  name: z.string().nullable(),
  messages: z.int(),
});
export type TrueChat = z.infer<typeof trueChatSchema>;

/** What the account has told about reading a chat, and what is left to read. */
const readMarksSchema = z.object({
  unreadCount: z.int(),
  unreadIds: z.array(z.string()),
  /** Sender by sender. */
  told: z.array(z.object({ senderJid: z.string(), ids: z.array(z.string()) })),
  repeatedIds: z.array(z.string()),
  misdirectedIds: z.array(z.string()),
});
export type ReadMarks = z.infer<typeof readMarksSchema>;

const receiptSchema = z.object({ id: z.string(), recipientJid: z.string(), text: z.string().nullable() });
export type Receipt = z.infer<typeof receiptSchema>;

const hitSchema = z.object({ devices: z.int().nullish(), pages: z.int().nullish() });

/** What connections meet while they are refused: the status of a service that is down. */
const REFUSAL_STATUS = 503;

/** The simulated account, seen by the one who holds its phone. */
export interface DemoAccount {
  /** Holds the phone against the QR code. */
  scan(qrText: string): Promise<void>;
  chats(): Promise<readonly DemoChat[]>;
  /** Somebody writes, in a group the one named; returns the id of the message. */
  write(chat: DemoChat, text: string, sender?: string): Promise<string>;
  /** How many messages the account holds now. */
  messageCount(): Promise<number>;
  everyMessage(): AsyncGenerator<TrueMessage, void, undefined>;
  everyChat(): AsyncGenerator<TrueChat, void, undefined>;
  readMarks(chatJid: string): Promise<ReadMarks>;
  /** What people received from the devices of the account, doubles included. */
  received(): AsyncGenerator<Receipt, void, undefined>;
  /** Numbers of the linked devices, in the order in which they were linked. */
  devices(): Promise<readonly number[]>;
  /** Breaks the connection of one device; returns how many that were. */
  dropDevice(device: number): Promise<number>;
  /** Refuses new connections over the protocol, until told otherwise. Pages have a server of their own. */
  refuseConnections(refuse: boolean): Promise<void>;
  /** Breaks the open pages; returns how many. */
  breakPage(fault: 'hang' | 'drop'): Promise<number>;
}

export function createDemoAccount(controlUrl: string): DemoAccount {
  const ask = async (path: string, body?: unknown): Promise<Response> => {
    const answer = await fetch(
      `${controlUrl}${path}`,
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    );
    if (!answer.ok) {
      throw new TandemError('WHATSAPP_API_ERROR', {
        message: 'The simulated account refused a request.',
        details: { path, status: answer.status },
      });
    }
    return answer;
  };

  return {
    scan: async (qrText) => {
      await ask('/link/qr', { text: qrText });
    },
    chats: async () => {
      const chats: DemoChat[] = [];
      for await (const line of linesOf(await ask('/chats'))) chats.push(chatSchema.parse(JSON.parse(line)));
      return chats;
    },
    write: async (chat, text, sender) => {
      const from = sender === undefined ? {} : { sender };
      const answer = await (await ask('/messages', { chat: chat.key, text, ...from })).json();
      return z.object({ id: z.string() }).parse(answer).id;
    },
    messageCount: async () => {
      const answer = await (await ask('/')).json();
      return z.object({ counts: z.object({ messages: z.int() }) }).parse(answer).counts.messages;
    },
    everyMessage: async function* () {
      for await (const line of linesOf(await ask('/oracle'))) yield truthSchema.parse(JSON.parse(line));
    },
    everyChat: async function* () {
      for await (const line of linesOf(await ask('/oracle/chats')))
        yield trueChatSchema.parse(JSON.parse(line));
    },
    readMarks: async (chatJid) => {
      const answer = await ask(`/read-marks?chat=${encodeURIComponent(chatJid)}`);
      return readMarksSchema.parse(JSON.parse(await answer.text()));
    },
    received: async function* () {
      for await (const line of linesOf(await ask('/received'))) yield receiptSchema.parse(JSON.parse(line));
    },
    devices: async () => {
      const found = z.array(z.object({ id: z.int() })).parse(await (await ask('/devices')).json());
      return found.map(({ id }) => id).toSorted((a, b) => a - b);
    },
    dropDevice: async (device) => {
      const answer = await ask('/faults', { fault: 'drop', device });
      return hitSchema.parse(await answer.json()).devices ?? 0;
    },
    refuseConnections: async (refuse) => {
      await ask('/faults', { fault: 'refuse-connections', refusal: refuse ? REFUSAL_STATUS : null });
    },
    breakPage: async (fault) =>
      hitSchema.parse(await (await ask('/web-faults', { fault })).json()).pages ?? 0,
  };
}

function linesOf(answer: Response): AsyncIterable<string> {
  return createInterface({ input: answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body) });
}
