// What OpenAI's answers about calls say.
import { expect, it } from "vitest";
import { isOpenAiError, isOver, readCreated } from "../../../server/upstream/call-requests.ts";

const error = (status: number, body: object) => ({
  ...{ status, text: JSON.stringify({ error: { message: "no", ...body } }) },
});

it.each([
  ["/v1/realtime/calls/rtc_1", "rtc_1"],
  ["https://eu.api.openai.com/v1/realtime/calls/rtc_1", "rtc_1"],
  ["https://x.openai.azure.com/openai/v1/realtime/calls/rtc_1", "rtc_1"],
  ["/v1/realtime/calls/rtc_1/hangup", undefined],
  ["/v1/realtime/calls/sess_1", undefined],
  ["/v1/realtime/calls/rtc_../../files", undefined],
  ["http://[", undefined],
  [undefined, undefined],
])("the call at %s is %s", (location, id) => {
  const headers: Record<string, string> = location === undefined ? {} : { location };
  expect(readCreated("realtime", { headers, text: "v=0 answer" })?.id).toBe(id);
});

it.each([
  [
    { session: { id: "live_1" }, transport: { type: "webrtc", sdp: "v=0" } },
    { id: "live_1", answer: "v=0" },
  ],
  [
    { session: { id: "live_1" }, transport: {} },
    { id: "live_1", answer: undefined },
  ],
  [{ session: { id: "../files" }, transport: { sdp: "v=0" } }, undefined],
  [{ session: null }, undefined],
  ["<html>", undefined],
])("the GPT-Live session of %o is %o", (body, read) => {
  expect(readCreated("live", { headers: {}, text: JSON.stringify(body) })).toEqual(read);
});

it.each([
  ["200", { status: 200, text: "" }, true],
  ["a call that is not known", error(404, { code: "call_id_not_found" }), true],
  ["a page that says not found", { status: 404, text: "<html>" }, true],
  ["the same as 400", error(400, { code: "call_id_not_found" }), true],
  ["another 400", error(400, { code: "bad" }), false],
  ["a path that is not known", error(404, { message: "Invalid URL (POST /v1/x)" }), false],
  ["500", error(500, {}), false],
])("a hang-up that is answered by %s", (_, response, expected) => {
  expect(isOver(response)).toBe(expected);
});

it("tells OpenAI's errors from those of a proxy", () => {
  expect(isOpenAiError(error(500, {}).text)).toBe(true);
  for (const text of ["", "<html>", "[]", '{"error":"bad gateway"}']) expect(isOpenAiError(text)).toBe(false);
});
