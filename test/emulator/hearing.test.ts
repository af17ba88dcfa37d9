// The emulator's voice activity detection and its input audio buffer.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputAudio } from "../../emulator/hearing/input-audio.ts";
import { sensitivityOf, VoiceActivity } from "../../emulator/hearing/voice-activity.ts";
import { loadClips } from "../../emulator/speech/clips.files.ts";
import { NEUTRAL, speechFor } from "../../emulator/speech/clips.ts";
import { openDecoder } from "../../emulator/speech/opus.wasm.ts";
import { fromBytes, toBytes } from "../../emulator/speech/pcm.ts";
import phrases from "../../emulator/speech/phrases.json" with { type: "json" };

const SPEECH = 0.1;
const SILENCE = 0.0005;
const frames = (level: number, ms: number): number[] => Array.from({ length: ms / 20 }, () => level);

const changes = (levels: number[], settings = sensitivityOf({ type: "server_vad" })): [string, number][] => {
  const activity = new VoiceActivity();
  return levels.flatMap((level, index) => {
    const change = activity.hear(level, settings);
    return change ? [[change, (index + 1) * 20] as [string, number]] : [];
  });
};

// As Chromium's fake microphone beeps, echo included.
const beep = [0.01, 0.43, 0.144, 0.032, 0.014, 0.009, 0.006];
const beeps = (everyMs: number, times: number): number[] =>
  Array.from({ length: times }, () => [...beep, ...frames(SILENCE, everyMs - beep.length * 20)]).flat();

describe("voice activity", () => {
  test("starts a moment after the first word and stops half a second after the last", () => {
    const levels = [...frames(SILENCE, 400), ...frames(SPEECH, 1000), ...frames(SILENCE, 1000)];
    expect(changes(levels)).toEqual([
      ["started", 540],
      ["stopped", 1900],
    ]);
  });

  test("takes as much timeBudget as silence_duration_ms says", () => {
    const levels = [
      ...frames(SPEECH, 400),
      ...frames(SILENCE, 300),
      ...frames(SPEECH, 400),
      ...frames(SILENCE, 2000),
    ];
    expect(changes(levels)).toHaveLength(2);
    expect(changes(levels, sensitivityOf({ type: "server_vad", silence_duration_ms: 200 }))).toHaveLength(4);
    expect(changes(levels, sensitivityOf({ type: "semantic_vad", eagerness: "low" }))).toEqual([
      ["started", 140],
      ["stopped", 2300],
    ]);
  });

  test("hears a whisper when the threshold is low, and only shouting when it is high", () => {
    const whisper = [...frames(0.003, 500), ...frames(SILENCE, 1000)];
    expect(changes(whisper)).toEqual([]);
    expect(changes(whisper, sensitivityOf({ type: "server_vad", threshold: 0.1 }))).toHaveLength(2);
    const ordinary = [...frames(0.05, 500), ...frames(SILENCE, 1000)];
    expect(changes(ordinary, sensitivityOf({ type: "server_vad", threshold: 1 }))).toEqual([]);
  });

  test("is not fooled by clicks, nor for long by a fan", () => {
    expect(changes(beeps(500, 20))).toEqual([]);
    expect(changes(frames(0.05, 20_000))).toEqual([
      ["started", 140],
      ["stopped", expect.any(Number)],
    ]);
  });

  test("starts and stops in turns, whatever it hears", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 600 }), (levels) => {
        const heard = changes(levels).map(([change]) => change);
        expect(heard).toEqual(heard.map((_, index) => (index % 2 === 0 ? "started" : "stopped")));
      }),
    );
  });
});

test("the input buffer knows when speech began, padding included", () => {
  const input = new InputAudio();
  const heard = [...frames(SILENCE, 1000), ...frames(SPEECH, 1000), ...frames(SILENCE, 500)].flatMap(
    (level) => input.hear(level, { type: "server_vad", prefix_padding_ms: 200 }) ?? [],
  );
  expect(heard).toEqual([{ started: 800 }, { stopped: { startMs: 800, endMs: 2000, speechMs: 1000 } }]);
  expect(input.totalSpeechMs).toBe(1000);
});

describe("Chromium's fake microphone", () => {
  const turns = (levels: readonly number[], answering = (_ms: number) => false): [string, number][] => {
    const input = new InputAudio();
    return levels.flatMap((level, index) => {
      const heard = input.hear(level, { type: "server_vad" }, answering(index * 20));
      return heard ? [[Object.keys(heard)[0] ?? "", (index + 1) * 20] as [string, number]] : [];
    });
  };

  test.each([
    [500, 1020],
    [1000, 2020],
  ])(
    "beeps every %i ms, which is a second of speech after the third, and then a pause",
    (everyMs, started) => {
      const heard = turns(beeps(everyMs, 20_000 / everyMs));
      expect(heard.slice(0, 2)).toEqual([
        ["started", started],
        ["stopped", started + 1000],
      ]);
      expect(heard[2]?.[0]).toBe("started");
      expect(heard[2]?.[1]).toBeGreaterThanOrEqual(started + 5000);
    },
  );

  test("never interrupts an answer", () => {
    const heard = turns(beeps(500, 40), (ms) => ms > 2500 && ms < 14_000);
    expect(heard.map(([change]) => change)).toEqual(["started", "stopped", "started", "stopped"]);
    expect(heard[2]?.[1]).toBeGreaterThan(17_900);
  });

  test("is told from knocks and a typist's keys", () => {
    const knocks = [300, 700, 500, 900, 350, 1100, 600].flatMap((ms) => beeps(ms, 1));
    const typing = beeps(200, 60);
    expect(turns([...knocks, ...frames(SILENCE, 2000), ...typing])).toEqual([]);
  });

  test("does not disturb real speech", () => {
    const spoken = [...beeps(500, 2), ...frames(SPEECH, 1000), ...beeps(500, 1), ...frames(SILENCE, 1000)];
    expect(turns(spoken).map(([change]) => change)).toEqual(["started", "stopped"]);
  });
});

describe("speech", () => {
  test("is recorded for every phrase, loud enough to be heard", async () => {
    const decoder = await openDecoder();
    for (const { words, packets } of await loadClips()) {
      const samples = packets.flatMap((packet) => [...decoder.decode(packet)]);
      const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      expect(level, words).toBeGreaterThan(0.05);
      // About as long as it takes to say so many words.
      expect(samples.length / 24_000 / words.split(" ").length, words).toBeLessThan(0.9);
    }
    decoder.free();
    expect(Object.values(phrases)).toContain(NEUTRAL);
  });

  test("matches its words: whole sentences, several, or the neutral one for unknown words", async () => {
    const clips = await loadClips();
    const speech = speechFor(clips);
    const lengthOf = (words: string): number =>
      clips.find((clip) => clip.words === words)?.packets.length ?? 0;
    expect(speech("Hello! How can I help you?").packets).toHaveLength(lengthOf("Hello! How can I help you?"));
    expect(speech("It is sunny. Goodbye!").packets).toHaveLength(
      lengthOf("It is sunny.") + lengthOf("Goodbye!"),
    );
    expect(speech("The tool has answered: 42").packets).toHaveLength(lengthOf("The tool has answered:"));
    expect(speech("Quite unknown.").packets).toHaveLength(lengthOf(NEUTRAL));
    expect(speech("word ".repeat(60)).durationMs).toBeGreaterThan(15_000);
  });

  test.each(["audio/pcm", "audio/pcmu", "audio/pcma"] as const)("survives %s", (type) => {
    const format = type === "audio/pcm" ? ({ type, rate: 24_000 } as const) : { type };
    // The G.711 laws keep the loud parts to about 3 %, and are sent at a third of the rate.
    fc.assert(
      fc.property(fc.double({ min: -0.99, max: 0.99, noNaN: true }), (sample) => {
        const [back = 0] = fromBytes(toBytes(Float32Array.of(sample, sample, sample), format), format);
        expect(Math.abs(back - sample)).toBeLessThan(0.0005 + Math.abs(sample) * 0.035);
      }),
    );
  });
});
