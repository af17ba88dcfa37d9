// Server-sent events as a page reads them.

export interface ReadEvent {
  event: string;
  data: Record<string, unknown>;
}

export interface EventReader {
  answer: Response;
  /** Undefined when the stream has ended. */
  next(): Promise<ReadEvent | undefined>;
  stop(): Promise<void>;
}

export const readEvents = async (url: string, token: string): Promise<EventReader> => {
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
  const answer = await fetch(url, { headers });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const next = async (): Promise<ReadEvent | undefined> => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end === -1) {
        const part = await reader?.read();
        if (part?.value === undefined) return undefined;
        rest += part.value;
        continue;
      }
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined && data !== undefined) return { event, data: JSON.parse(data) };
    }
  };
  return { answer, next, stop: async () => reader?.cancel() };
};
