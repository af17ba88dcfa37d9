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
  return wavOf(Buffer.concat([silence(BEFORE_SECONDS), question, silence(AFTER_SECONDS)]));
};

/** A second of silence. */
export const silentMicrophone = (): Buffer => wavOf(silence(1));

const silence = (seconds: number): Buffer => Buffer.alloc(seconds * SAMPLE_RATE * 2);

/** A WAV file of 16 bit samples at 24 kHz, one channel. */
export const wavOf = (samples: Buffer): Buffer => {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
};
