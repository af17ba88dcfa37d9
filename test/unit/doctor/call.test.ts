// A call of doctor's: what is made of OpenAI's answers, and that it ends in any case.
import { expect, it } from "vitest";
import { callCheck } from "../../../server/doctor/call.ts";
import { limitsBy } from "../../../server/doctor/limit.ts";
import {
  type Answer,
  type EventSocket,
  type OpenAiAccess,
  SocketRefused,
} from "../../../server/doctor/openai.ts";
import { answerOf, doctorKey, socketOf } from "../../support/doctor-key.ts";
import { createTestTime } from "../../support/time.ts";

const answered = (
  location: string | undefined,
  text = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
): Answer => answerOf(201, text, { headers: location === undefined ? {} : { location } });

const examine = async (access: Partial<OpenAiAccess>) => {
  const hungUp: string[] = [];
  const time = createTestTime();
  const key = doctorKey({
    startCall: async () => answered("/v1/realtime/calls/rtc_1"),
    openSocket: async () => socketOf([{ type: "session.created" }]).socket,
    hangUp: async (callId) => {
      hungUp.push(callId);
      return answerOf(200);
    },
    ...access,
  });
  const ports = { startLimit: limitsBy(time.timers), randomHex: () => "0123456789abcdef".repeat(4) };
  const running = callCheck(key, "gpt-realtime-2.1", ports).run(new AbortController().signal);
  const settled = running.then(
    (findings) => ({ findings, error: undefined }),
    (error: Error) => ({ findings: [], error }),
  );
  await time.pass(8000);
  return { ...(await settled), hungUp };
};

it("is well where it is answered, joined and hung up", async () => {
  const { findings, hungUp } = await examine({});
  expect(findings).toMatchObject([{ check: "call", level: "ok" }]);
  expect(hungUp).toEqual(["rtc_1"]);
});

it("finds the call's id at the end of a whole address too", async () => {
  const location = "https://api.openai.com/v1/realtime/calls/rtc_9";
  expect((await examine({ startCall: async () => answered(location) })).hungUp).toEqual(["rtc_9"]);
});

it.each([
  ["names no call", answered(undefined)],
  ["names something else", answered("https://api.openai.com/elsewhere")],
  ["has no audio", answered("/v1/realtime/calls/rtc_1", "v=0\r\n")],
])("is not what OpenAI documents, where its answer %s", async (_, answer) => {
  const { findings } = await examine({ startCall: async () => answer });
  expect(findings).toMatchObject([{ check: "webrtc.unreadable", level: "fault" }]);
});

it("is well where a sideband joins and hears nothing, as no peer stands behind the call", async () => {
  const { findings, hungUp } = await examine({ openSocket: async () => socketOf([]).socket });
  expect(findings).toMatchObject([{ level: "ok", title: expect.stringContaining("heard nothing") }]);
  expect(hungUp).toEqual(["rtc_1"]);
});

it.each<[string, () => Promise<EventSocket>]>([
  ["is refused", () => Promise.reject(new SocketRefused("no"))],
  ["gets an error", async () => socketOf([{ type: "error" }]).socket],
  ["is closed", async () => socketOf([], { code: 1008, reason: "" }).socket],
])("warns where a sideband %s, and hangs up", async (_, openSocket) => {
  const { findings, hungUp } = await examine({ openSocket });
  expect(findings).toMatchObject([{ check: "sideband.refused", level: "warning" }]);
  expect(hungUp).toEqual(["rtc_1"]);
});

it("hangs up also where the connection broke meanwhile", async () => {
  const openSocket = () => Promise.reject(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
  const { error, hungUp } = await examine({ openSocket });
  expect(error?.message).toBe("reset");
  expect(hungUp).toEqual(["rtc_1"]);
});

it("is content where the call has ended by itself", async () => {
  expect((await examine({ hangUp: async () => answerOf(404) })).findings).toMatchObject([{ level: "ok" }]);
});
