// POST /v1/audio/speech: a tone of about the length of the spoken text.
import { z } from "zod";

export const speechRequest = z.looseObject({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: z.unknown(),
  response_format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).default("mp3"),
});

const RATE = 24_000;
const MS_PER_CHARACTER = 60;

/** 16 bit PCM at 24 kHz, with a WAV header in front unless PCM was asked for: other formats are not made here. */
export const speech = ({
  input,
  response_format: format,
}: z.output<typeof speechRequest>): { type: string; bytes: Uint8Array<ArrayBuffer> } => {
  const samples = Math.round((input.length * MS_PER_CHARACTER * RATE) / 1000);
  const pcm = Buffer.alloc(samples * 2);
  for (let index = 0; index < samples; index += 1) {
    pcm.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * index) / RATE)), index * 2);
  }
  if (format === "pcm") return { type: "audio/pcm", bytes: new Uint8Array(pcm) };
  return { type: "audio/wav", bytes: new Uint8Array(Buffer.concat([wavHeader(pcm.length), pcm])) };
};

const wavHeader = (length: number): Buffer => {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // one channel
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(length, 40);
  return header;
};
