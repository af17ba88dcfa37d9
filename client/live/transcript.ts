// Turns GPT-Live's transcripts, which have times and no turns, into the lines of a conversation.
import type { TranscriptLine } from "../voice/reports.ts";

/** The fields that the client reads. Any may be missing, as in all input from the network. */
export interface LiveEvent {
  type?: string;
  delta?: string;
  start_ms?: number;
  end_ms?: number;
  reason?: string;
}

// A speaker who was silent for so long begins a new line.
const PAUSE_MS = 1500;

const speakers: Record<string, TranscriptLine["role"]> = {
  "session.input_transcript.delta": "user",
  "session.output_transcript.delta": "assistant",
};

interface OpenLine extends TranscriptLine {
  endMs: number;
}

/** Both may speak at once, so each speaker has a line of their own. */
export const liveTranscript = (notify: (line: TranscriptLine) => void) => {
  const open = new Map<TranscriptLine["role"], OpenLine>();
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const finish = ({ id, role, text }: OpenLine): void => {
    open.delete(role);
    notify({ id, role, text, final: true });
  };
  /** No more is said. */
  const end = (): void => {
    clearTimeout(timer);
    for (const line of [...open.values()]) finish(line);
  };

  return {
    onEvent({ type = "", delta = "", start_ms: startMs = 0, end_ms: endMs = startMs }: LiveEvent): void {
      const role = speakers[type];
      if (!role || !delta) return;
      for (const line of [...open.values()]) if (startMs - line.endMs > PAUSE_MS) finish(line);
      const { id, text } = open.get(role) ?? { id: `live-${++count}`, text: "" };
      const line = { id, role, text: text + delta, final: false };
      open.set(role, { ...line, endMs });
      notify(line);
      clearTimeout(timer);
      timer = setTimeout(end, 2 * PAUSE_MS);
    },
    end,
  };
};
