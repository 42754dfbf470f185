import type { StatusView } from '#console/view/status.ts';
import type { Terminal } from '../render/terminal.ts';
import { createEngineStory } from './engine-story.ts';

export interface Narrator {
  /** Says what changed since the last status. */
  tell(status: StatusView): void;
  end(): void;
}

/** Follows the service for people: one line that stays for each event, below them what is under way. */
export function createNarrator(terminal: Terminal, footer: (status: StatusView) => string): Narrator {
  const stories = new Map<string, ReturnType<typeof createEngineStory>>();
  const plain = new Map<string, string | null>();
  return {
    tell: (status) => {
      const several = status.engines.length > 1;
      const live: string[] = [];
      const notes: string[] = [];
      for (const engine of status.engines) {
        const story = stories.get(engine.engine) ?? createEngineStory(terminal, several);
        stories.set(engine.engine, story);
        const told = story(engine, status, footer(status));
        notes.push(...told.notes);
        live.push(...(told.live?.lines ?? []));
        // Where nothing can be redrawn every change is a line of its own.
        const line = told.live?.plain ?? null;
        if (!terminal.interactive && line !== null && line !== plain.get(engine.engine)) notes.push(line);
        plain.set(engine.engine, line);
      }
      if (notes.length > 0) {
        terminal.clear();
        terminal.print(...notes);
      }
      if (live.length > 0) terminal.live(live, null);
      else terminal.clear();
    },
    end: () => terminal.clear(),
  };
}
