export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

/** Events of a `text/event-stream` answer, as they arrive. Ends with the stream, also when it is cut or aborted. */
export async function* readEvents(answer: Response): AsyncGenerator<StreamEvent, void, undefined> {
  if (answer.body === null) return;
  const decoder = new TextDecoder();
  let buffer = '';
  try {
    for await (const chunk of answer.body) {
      buffer += decoder.decode(chunk, { stream: true });
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        yield parseEvent(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
      }
    }
  } catch {
    // A cut stream is the same as an ended one: the reader looks whether the service still lives.
  }
}

function parseEvent(text: string): StreamEvent {
  let type = 'message';
  const data: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('event:')) type = line.slice('event:'.length).trim();
    else if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
  }
  return { type, data: data.join('\n') };
}
