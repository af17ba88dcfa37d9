// Opus to samples, through libopus compiled to WebAssembly.
import { OpusDecoder } from "opus-decoder";

export const SAMPLE_RATE = 24_000;

export interface Decoder {
  /** The mono samples of one packet, between -1 and 1; none where the packet is damaged. */
  decode(packet: Uint8Array): Float32Array;
  free(): void;
}

/** A decoder for one stream, at the 24 kHz that OpenAI's PCM has. */
export const openDecoder = async (): Promise<Decoder> => {
  const decoder = new OpusDecoder({
    sampleRate: SAMPLE_RATE,
    channels: 1,
    streamCount: 1,
    coupledStreamCount: 0,
    channelMappingTable: [0],
  });
  await decoder.ready;
  return {
    decode: (packet) => decoder.decodeFrame(packet).channelData[0] ?? new Float32Array(),
    free: () => decoder.free(),
  };
};
