// How long an uploaded recording is.

const BYTES_PER_SECOND_OF_OTHERS = 16_000;

/** Seconds: exact for WAV and Ogg; elsewhere by its size, at 128 kbit/s. */
export const secondsOf = (file: Uint8Array): number => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const exact = bytes.toString("latin1", 0, 4) === "OggS" ? oggSeconds(bytes) : wavSeconds(bytes);
  return exact ?? bytes.length / BYTES_PER_SECOND_OF_OTHERS;
};

const wavSeconds = (bytes: Buffer): number | undefined => {
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE")
    return undefined;
  let perSecond = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (name === "fmt " && at + 20 <= bytes.length) perSecond = bytes.readUInt32LE(at + 16);
    // What is recorded while it is sent may say a length of 0 or too much.
    if (name === "data" && perSecond > 0)
      return Math.min(length || Number.POSITIVE_INFINITY, bytes.length - at - 8) / perSecond;
    at += 8 + length + (length % 2);
  }
  return undefined;
};

// The last page says how many samples there are up to it; Opus counts at 48 kHz.
const oggSeconds = (bytes: Buffer): number | undefined => {
  const last = bytes.lastIndexOf("OggS");
  if (last + 14 > bytes.length) return undefined;
  const rate = bytes.includes("OpusHead") ? 48_000 : 44_100;
  return Math.max(0, Number(bytes.readBigInt64LE(last + 6))) / rate;
};
