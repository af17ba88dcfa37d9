// Samples to and from the bytes that travel base64-encoded: 16 bit PCM, and the two encodings of G.711.
import type { AudioFormat } from "../session/session-schema.ts";

/** Samples per second of a format. */
export const rateOf = (format: AudioFormat): number => (format.type === "audio/pcm" ? 24_000 : 8_000);

/** Bytes to samples between -1 and 1; an odd last byte of PCM is left out. */
export const fromBytes = (bytes: Uint8Array, format: AudioFormat): Float32Array => {
  if (format.type === "audio/pcm") {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(i * 2, true) / 32768);
  }
  const decode = format.type === "audio/pcmu" ? fromMuLaw : fromALaw;
  return Float32Array.from(bytes, (byte) => decode(byte) / 32768);
};

/** Samples at 24 kHz to the bytes of a format. */
export const toBytes = (samples: Float32Array, format: AudioFormat): Buffer => {
  if (format.type === "audio/pcm") {
    const bytes = Buffer.alloc(samples.length * 2);
    for (const [i, sample] of samples.entries()) bytes.writeInt16LE(toInt16(sample), i * 2);
    return bytes;
  }
  const encode = format.type === "audio/pcmu" ? toMuLaw : toALaw;
  return Buffer.from(everyThird(samples).map((sample) => encode(toInt16(sample))));
};

const toInt16 = (sample: number): number => Math.round(Math.max(-1, Math.min(1, sample)) * 32767);

// 24 kHz to 8 kHz; the mean of three neighbours keeps the worst aliases out.
const everyThird = (samples: Float32Array): number[] =>
  Array.from({ length: Math.floor(samples.length / 3) }, (_, i) => {
    const [a = 0, b = 0, c = 0] = samples.subarray(i * 3, i * 3 + 3);
    return (a + b + c) / 3;
  });

const BIAS = 0x84;

const toMuLaw = (sample: number): number => {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32635) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
};

const fromMuLaw = (byte: number): number => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
  return code & 0x80 ? -magnitude : magnitude;
};

const toALaw = (sample: number): number => {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(Math.abs(sample), 32767) >> 4;
  const exponent = Math.max(0, 28 - Math.clz32(magnitude | 1));
  const code = exponent === 0 ? magnitude : (exponent << 4) | ((magnitude >> (exponent - 1)) & 0x0f);
  return (sign | (code & 0x7f)) ^ 0x55;
};

const fromALaw = (byte: number): number => {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return code & 0x80 ? magnitude : -magnitude;
};
