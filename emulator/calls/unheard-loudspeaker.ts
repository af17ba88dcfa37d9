// Speech in a call without a peer: it has its events and its length, and takes no time.
import type { Send } from "../conversation/events.ts";
import type { Loudspeaker } from "../conversation/loudspeaker.ts";

export const unheardLoudspeaker = (send: Send): Loudspeaker => ({
  pace: 0,
  playing: false,
  play: ({ responseId: response_id }) => {
    send({ type: "output_audio_buffer.started", response_id });
    send({ type: "output_audio_buffer.stopped", response_id });
    return [];
  },
  silence: () => undefined,
  afterwards: (then) => then(),
});
