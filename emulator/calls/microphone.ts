// The user's microphone at our end of a call: decodes it, and hears silence when nothing comes.
import { type Decoder, SAMPLE_RATE } from "../speech/opus.wasm.ts";

export interface MicrophonePorts {
  hear(samples: Float32Array, rate: number): void;
  now(): number;
  /** Calls `tick` again and again; the result stops that. */
  every(ms: number, tick: () => void): () => void;
}

export interface Microphone {
  take(packet: Uint8Array): void;
  close(): void;
}

// Muted, a browser may send nothing at all: without this, a turn would never end.
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
