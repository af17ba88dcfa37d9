// The voice of a React component: a start that fails leaves it ready for the next one.
import { afterEach, expect, it, vi } from "vitest";
import { createVoice, type VoiceOptions } from "../../client/react/voice.ts";

afterEach(() => vi.unstubAllGlobals());

it("can be started again after options that cannot be used", async () => {
  vi.stubGlobal("document", { createElement: () => ({}) });
  const asked: VoiceOptions[] = [
    { url: "https://ada:secret@broker.example" },
    { url: "https://b.example?key=1" },
  ];
  const voice = createVoice(() => asked.shift() ?? {});
  for (const left of [1, 0]) {
    await voice.start();
    expect([asked.length, voice.state()]).toMatchObject([
      left,
      { status: "failed", error: { message: expect.stringContaining("no credentials or query in `url`") } },
    ]);
  }
});

it("does not report a failed start over the one that followed it", async () => {
  vi.stubGlobal("document", { createElement: () => ({}) });
  vi.stubGlobal("navigator", {});
  const voice = createVoice(() => ({ url: "https://broker.example" }));
  let starts = 1;
  voice.subscribe(() => {
    if (voice.state().status === "failed" && starts++ === 1) {
      vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => new Promise(() => {}) } });
      void voice.start();
    }
  });
  await voice.start();
  expect(voice.state()).toMatchObject({ status: "connecting", error: undefined });
});
