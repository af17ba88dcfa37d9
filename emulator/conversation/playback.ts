// Cuts off what is being played to the user, and says so.
import type { Send } from "./events.ts";
import type { Loudspeaker } from "./loudspeaker.ts";

interface PlaybackPorts {
  send: Send;
  loudspeaker: Loudspeaker;
}

/** Silences playback because the client asks. */
export const clearPlayback = ({ send, loudspeaker }: PlaybackPorts) => {
  const cut = loudspeaker.silence();
  if (cut) send({ type: "output_audio_buffer.cleared", response_id: cut.responseId });
  return cut;
};

/** Silences playback because the user speaks: the conversation keeps only what was heard. */
export const interruptPlayback = (ports: PlaybackPorts): void => {
  const cut = clearPlayback(ports);
  if (!cut) return;
  ports.send({
    type: "conversation.item.truncated",
    item_id: cut.itemId,
    content_index: cut.contentIndex,
    audio_end_ms: cut.playedMs,
  });
};
