// The user's audio at our end of a call: decoded, with silence where packets are missing.
import { type Decoder, SAMPLE_RATE } from "../speech/opus.wasm.ts";

export interface MicrophonePorts {
  hear(samples: Float32Array, rate: number): void;
  now(): number;
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
}

export interface Microphone {
  take(packet: Uint8Array): void;
  close(): void;
}

// A muted browser may send no packets: without this silence, a turn would never end.
const GAP_MS = 200;

export const openMicrophone = (decoder: Decoder, { hear, now, every }: MicrophonePorts): Microphone => {
  let lastPacketAt = now();
  const silence = new Float32Array((SAMPLE_RATE * GAP_MS) / 1000);
  const stop = every(GAP_MS, () => {
    if (now() - lastPacketAt >= GAP_MS) hear(silence, SAMPLE_RATE);
  });
  let open = true;
  return {
    take: (packet) => {
      if (!open) return;
      lastPacketAt = now();
      hear(decoder.decode(packet), SAMPLE_RATE);
    },
    close: () => {
      open = false;
      stop();
      decoder.free();
    },
  };
};
