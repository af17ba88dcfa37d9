// Where browsers use a key that was minted.
import { expect, it } from "vitest";
import { connectAddresses } from "../../../server/upstream/upstream.ts";

it.each([
  ["https://eu.api.openai.com/v1", "https://eu.api.openai.com/v1", "wss://eu.api.openai.com/v1"],
  ["https://mtls.api.openai.com/v1", "https://api.openai.com/v1", "wss://api.openai.com/v1"],
  ["https://mtls-eu.api.openai.com/v1", "https://eu.api.openai.com/v1", "wss://eu.api.openai.com/v1"],
  ["http://127.0.0.1:1/http", "http://127.0.0.1:1/http", "ws://127.0.0.1:1/http"],
])("with the base URL %s", (baseUrl, http, ws) => {
  expect(connectAddresses(baseUrl)).toEqual({
    webrtc: `${http}/realtime/calls`,
    websocket: `${ws}/realtime`,
  });
});
