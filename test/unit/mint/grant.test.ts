// What a caller may have of what they ask.
import { expect, it } from "vitest";
import { grantOf } from "../../../server/mint/grant.ts";
import type { FunctionTool } from "../../../server/profiles/compose.ts";
import { type Profile, profileSchema } from "../../../server/profiles/profile.ts";
import { alice } from "../../support/facts.ts";

const profileOf = (name: string, more: object = {}): Profile => ({
  name,
  ...profileSchema.parse({ session: { type: "realtime", model: "gpt-realtime" }, ttl_seconds: 600, ...more }),
});
const weather: FunctionTool = { type: "function", name: "weather", description: "", parameters: {} };
const profiles = [
  profileOf("default", { overrides: ["model"], tools: ["weather"] }),
  profileOf("guests", { allow: ["guests"] }),
  profileOf("words", {
    session: { type: "transcription", audio: { input: { transcription: { model: "whisper-1" } } } },
  }),
];
const grant = grantOf(profiles, ({ tools }) => (tools.length > 0 ? [weather] : []));

it("a key request that names nothing gets the profile called default, its tools and its time", () => {
  expect(grant(alice, {})).toEqual({
    ...{ profile: "default", model: "gpt-realtime", ttlSeconds: 600 },
    session: { type: "realtime", model: "gpt-realtime", tools: [weather] },
  });
});

it("the model is the one that the caller asks for where they may, and a transcription's own", () => {
  expect(grant(alice, { session: { model: "gpt-realtime-mini" } }).model).toBe("gpt-realtime-mini");
  expect(grant(alice, { profile: "words" })).toMatchObject({ profile: "words", model: "whisper-1" });
});

it.each([
  [undefined, 600],
  [60, 60],
  [7200, 600],
])(
  "a key of %s seconds lives for %i: a caller may ask for less than the profile's time",
  (asked, seconds) => {
    expect(grant(alice, { ttlSeconds: asked }).ttlSeconds).toBe(seconds);
  },
);

it.each([
  ["a profile that does not exist", { profile: "none" }, "profile-unknown"],
  ["a profile for others", { profile: "guests" }, "profile-forbidden"],
  ["a field that may not be set", { session: { instructions: "x" } }, "key-request-invalid"],
])("%s is refused", (_, keyRequest, code) => {
  expect(() => grant(alice, keyRequest)).toThrow(expect.objectContaining({ code }));
});
