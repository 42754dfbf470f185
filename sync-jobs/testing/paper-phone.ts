import type { CommandHandlers, CommandInput, CommandOutput } from '#engines/contract/command.ts';
import type { HistoryAnchor, MessageObservation } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { message, T0 } from '#history/test-support.ts';
import { TandemError } from '#kernel/errors.ts';
import type { TestClock } from './world.ts';

type Input = CommandInput<'history.page'>;
/** What becomes of one request; anything thrown is thrown. */
export type Mood = 'answer' | 'silent' | 'empty' | 'empty-end' | 'other-chat' | 'again' | TandemError;

/** A phone on paper: chats of so many messages, one a minute, and a mood for every request. */
export interface PaperPhone {
  readonly asked: Input[];
  /** Called for each request, with how many there were before. */
  mood: (input: Input, before: number) => Mood;
  readonly commands: CommandHandlers;
  /** The newest messages of each chat, as live traffic. */
  newest(count: number): readonly Observation[];
  idsOf(chat: string): readonly string[];
  /** Requests that were answered with the same page before. */
  repeated(): number;
}

export interface PaperPhoneOptions {
  readonly chats: Readonly<Record<string, number>>;
  /** Other names under which a chat is known to the phone. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly clock: () => TestClock;
  readonly learn: (observations: readonly Observation[]) => Promise<void>;
  readonly waitMs: number;
}

const STEP_SECONDS = 60;
const ANSWER_MS = 1_000;

export function createPaperPhone(options: PaperPhoneOptions): PaperPhone {
  const { chats, aliases = {}, waitMs } = options;
  const answered: string[] = [];
  let requests = 0;

  const idOf = (chat: string, n: number) => `${chat.slice(0, chat.indexOf('@'))}-${n}`;
  const observe = (chat: string, n: number, size: number, via: MessageObservation['via'], page?: string) =>
    message({
      id: idOf(chat, n),
      chat,
      sender: chat,
      via,
      sentAt: T0 - (size - n) * STEP_SECONDS,
      ...(page === undefined ? {} : { page }),
    });
  const anchorOf = ({ id, fromMe, sender, sentAt }: MessageObservation): HistoryAnchor => ({
    id,
    fromMe,
    sender,
    sentAt,
  });

  async function answer(input: Input, mood: Mood): Promise<CommandOutput<'history.page'>> {
    requests += 1;
    const requestId = `R${requests}`;
    const own = aliases[input.chat] ?? input.chat;
    const [chat, size] = mood === 'other-chat' ? otherThan(own) : ([own, chats[own] ?? 0] as const);
    const at = mood === 'other-chat' ? size : Number(input.anchor.id.split('-').at(-1));
    const from = mood === 'empty' || mood === 'empty-end' ? at : Math.max(0, at - input.count);
    const messages = Array.from({ length: at - from }, (_, n) =>
      observe(chat, at - 1 - n, size, 'page', requestId),
    );
    const last = messages.at(-1);
    const oldest = last === undefined ? null : anchorOf(last);
    const isStart = mood === 'empty-end' || (from === 0 && mood !== 'empty');
    const end = mood === 'empty' ? 'unknown' : isStart ? 'start-reached' : 'more-on-phone';
    const page: Observation = {
      kind: 'history-page',
      requestId,
      chat,
      messages: messages.length,
      before: input.anchor,
      oldest,
      end,
    };
    await options.learn([...messages, page]);
    if (mood === 'again') await options.learn([...messages, page]);
    answered.push(`${own} ${input.anchor.id}`);
    return { requestId, outcome: 'answered', messages: messages.length, end, oldest, seq: requests };
  }

  function otherThan(chat: string): readonly [string, number] {
    return Object.entries(chats).find(([jid]) => jid !== chat) ?? [chat, 0];
  }

  const phone: PaperPhone = {
    asked: [],
    mood: () => 'answer',
    commands: {
      'history.page': async (input) => {
        const mood = phone.mood(input, phone.asked.length);
        phone.asked.push(input);
        options.clock().advance(mood === 'silent' ? waitMs : ANSWER_MS);
        if (mood instanceof TandemError) throw mood;
        if (mood !== 'silent') return await answer(input, mood);
        return { requestId: 'none', outcome: 'silent', messages: 0, end: 'unknown', oldest: null, seq: null };
      },
    },
    newest: (count) =>
      Object.entries(chats).flatMap(([chat, size]) =>
        Array.from({ length: Math.min(size, count) }, (_, n) => observe(chat, size - 1 - n, size, 'live')),
      ),
    idsOf: (chat) => Array.from({ length: chats[chat] ?? 0 }, (_, n) => idOf(chat, n)),
    repeated: () => answered.length - new Set(answered).size,
  };
  return phone;
}
