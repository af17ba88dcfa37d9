// What the fake microphone hears: a spoken question and a pause, as a WAV file.
import { readFile } from "node:fs/promises";
import { readOggOpus } from "../../emulator/speech/ogg.ts";
import { openDecoder, SAMPLE_RATE } from "../../emulator/speech/opus.wasm.ts";
import { toBytes } from "../../emulator/speech/pcm.ts";

// The first question comes when the page has had time to connect; between two questions there are 4 s.
const BEFORE_SECONDS = 1;
const AFTER_SECONDS = 3;

/** "What time is it in Berlin?", spoken by espeak-ng (see emulator/speech/README.md), as samples at 24 kHz. */
export const questionSamples = async (): Promise<Float32Array> => {
  const decoder = await openDecoder();
  const packets = readOggOpus(await readFile(new URL("./spoken-question.opus", import.meta.url)));
  const samples = packets.flatMap((packet) => [...decoder.decode(packet)]);
  decoder.free();
  return Float32Array.from(samples);
};

/** A second of silence, the question, three seconds of silence. */
export const spokenQuestion = async (): Promise<Buffer> => {
  const question = toBytes(await questionSamples(), { type: "audio/pcm", rate: 24000 });
  const before = Buffer.alloc(BEFORE_SECONDS * SAMPLE_RATE * 2);
  const after = Buffer.alloc(AFTER_SECONDS * SAMPLE_RATE * 2);
  const header = Buffer.alloc(44);
  const dataBytes = before.length + question.length + after.length;
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(dataBytes, 40);
  return Buffer.concat([header, before, question, after]);
};
