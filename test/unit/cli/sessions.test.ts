// Ends of sessions that no replica answers.
import { expect, it } from "vitest";
import { endSessions } from "../../../server/cli/sessions.ts";
import type { VoiceSession } from "../../../server/sessions/session.ts";
import { voiceSession } from "../../support/voice-session.ts";

const endOver = async (list: (now: number) => VoiceSession[], json = false) => {
  const said: string[] = [];
  let now = 0;
  const code = await endSessions(
    { do: "end", whose: { of: "all" }, json },
    {
      store: { requestEnd: async () => 2, list: async () => list(now) },
      audit: async () => {},
      now: () => now,
      pause: async (ms) => {
        now += ms;
      },
      terminal: {
        bold: (text) => text,
        print: (line) => said.push(line),
        complain: (line) => said.push(line),
      },
    },
  );
  return { code, said: said.join("\n"), now };
};

const asked = voiceSession({ id: "vs_asked", endRequested: "operator" });

it("gives up after fifteen seconds, names what is still open, and fails", async () => {
  const { code, said, now } = await endOver(() => [asked]);
  expect([code, now]).toEqual([1, 15_000]);
  expect(said).toMatch(/^1 of 2 sessions have ended\.\nNote: not ended yet: vs_asked\./);
  expect(JSON.parse((await endOver(() => [asked], true)).said.split("\n")[0] ?? "")).toEqual({
    ...{ asked: 2, still_open: ["vs_asked"] },
  });
});

it("waits for those that were asked, and not for one that begins meanwhile", async () => {
  const { code, said, now } = await endOver((at) => (at < 1000 ? [asked] : [voiceSession({ id: "vs_new" })]));
  expect([code, said, now]).toEqual([0, "2 of 2 sessions have ended.", 1000]);
});
