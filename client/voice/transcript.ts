// Turns transcript events, by today's and the beta's names, into the lines of a conversation.
import type { RealtimeEvent } from "./realtime-event.ts";
import type { TranscriptLine } from "./reports.ts";

const saying =
  /^(?:response\.(?:output_)?(?:audio_transcript|text)|(conversation\.item\.input_audio_transcription))\.(\w+)$/;

// A user's line is transcribed after the answer has begun; its place is before the answer.
const willTranscribe = (event: RealtimeEvent): boolean | undefined => {
  if (event.type !== "session.created" && event.type !== "session.updated") return undefined;
  const { input } = (event.session?.audio ?? {}) as { input?: { transcription?: unknown } };
  return Boolean(input?.transcription);
};

/** Makes an event handler that reports each line as it grows, and once as final. */
export const transcriptReader = (
  notify: (line: TranscriptLine) => void,
): ((event: RealtimeEvent) => void) => {
  const open = new Map<string, TranscriptLine>();
  let transcribes = false;

  const grow = (id: string, role: TranscriptLine["role"], delta: string): void => {
    const line = { id, role, text: (open.get(id)?.text ?? "") + delta, final: false };
    open.set(id, line);
    notify(line);
  };
  const finish = (id: string, role: TranscriptLine["role"], text: string | undefined): void => {
    const line = { id, role, text: text ?? open.get(id)?.text ?? "", final: true };
    open.delete(id);
    notify(line);
  };

  return (event) => {
    transcribes = willTranscribe(event) ?? transcribes;
    const id = event.item_id;
    if (event.type === "response.done") {
      // An interrupted response may leave its line unfinished.
      for (const item of event.response?.output ?? [])
        if (item.id && open.has(item.id)) finish(item.id, "assistant", undefined);
    }
    if (!id) return;
    if (event.type === "input_audio_buffer.committed" && transcribes) grow(id, "user", "");
    const [said, byUser, stage] = saying.exec(event.type ?? "") ?? [];
    if (!said) return;
    const role = byUser ? "user" : "assistant";
    if (stage === "delta") grow(id, role, event.delta ?? "");
    else finish(id, role, event.transcript ?? event.text);
  };
};
