// POST /v1/audio/speech: a tone of about the length of the spoken text.
import { z } from "zod";
import { tokensIn } from "./reply.ts";

export const speechRequest = z.looseObject({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: z.unknown(),
  response_format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).default("mp3"),
  stream_format: z.enum(["audio", "sse"]).default("audio"),
});

const RATE = 24_000;
/** Tokens of a second of speech, about as OpenAI counts them. */
const TOKENS_PER_SECOND = 20;
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

/** The same as events, the last of which tells the usage. */
export const speechEvents = (request: z.output<typeof speechRequest>): { type: string }[] => {
  const { bytes } = speech(request);
  const audio = Buffer.from(bytes).toString("base64");
  const input = tokensIn(request.input);
  const output = Math.ceil((request.input.length * MS_PER_CHARACTER * TOKENS_PER_SECOND) / 1000);
  const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
  const events = [
    { type: "speech.audio.delta", audio },
    { type: "speech.audio.done", usage },
  ];
  return events;
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
