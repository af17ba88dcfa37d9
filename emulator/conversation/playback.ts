// Stops the playback to the user, and truncates the item to what was heard.
import type { Send } from "./events.ts";
import type { Loudspeaker } from "./loudspeaker.ts";

interface PlaybackPorts {
  send: Send;
  loudspeaker: Loudspeaker;
}

/** Stops playback at the client's request. */
export const clearPlayback = ({ send, loudspeaker }: PlaybackPorts) => {
  const cut = loudspeaker.silence();
  if (cut) send({ type: "output_audio_buffer.cleared", response_id: cut.responseId });
  return cut;
};

/** Stops playback because the user speaks: the conversation keeps only what was heard. */
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
