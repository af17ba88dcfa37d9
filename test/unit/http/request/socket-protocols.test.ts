// WebSocket subprotocols, among which a browser's client puts its token.
import { expect, it } from "vitest";
import { protocolsOf, tokenAmong } from "../../../../server/http/request/socket-protocols.ts";

it("entries are read without their spaces, and empty ones are none", () => {
  expect(protocolsOf(" realtime,, openai-insecure-api-key.abc ,")).toEqual([
    "realtime",
    "openai-insecure-api-key.abc",
  ]);
  expect(protocolsOf(undefined)).toEqual([]);
});

it("the token is what follows the prefix of OpenAI's clients", () => {
  expect(tokenAmong("realtime, openai-insecure-api-key.abc.def")).toBe("abc.def");
  expect([tokenAmong("realtime"), tokenAmong(undefined)]).toEqual([undefined, undefined]);
});
