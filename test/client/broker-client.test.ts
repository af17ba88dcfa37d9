// The browser client against the real service: what it asks, and what its caller gets.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokerClient } from "../../client/broker-client.ts";
import { BrokerError } from "../../client/broker-error.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

const refused = async (promise: Promise<unknown>): Promise<BrokerError> => {
  const error = await promise.then(
    () => new Error("it was not refused"),
    (cause: unknown) => cause,
  );
  if (error instanceof BrokerError) return error;
  throw error;
};

const token = "a-token-of-the-tests-0001";
const yaml = `
callers:
  tokens:
    - { name: ada, token: ${token} }
profiles:
  default:
    tools: [current_time, convert_units]
    overrides: [audio.output.voice]
    session: { type: realtime, model: gpt-realtime-2.1, audio: { output: { voice: marin } } }
`;

describe("brokerClient", () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let broker: TestBroker;

  beforeAll(async () => {
    emulator = await startEmulator();
    broker = await createTestBroker({ openai: emulator.baseUrl, yaml });
  });
  afterAll(async () => {
    await broker.stop();
    await emulator.close();
  });

  it("fetches a key, and where it is valid", async () => {
    const key = await brokerClient({ url: broker.url, token }).fetchEphemeralKey();
    expect(key).toMatchObject({ value: expect.stringMatching(/^ek_/), profile: "default" });
    expect(key.expires_at).toBeGreaterThan(Date.now() / 1000);
    expect(key.connect.webrtc).toBe(`${emulator.baseUrl}/realtime/calls`);
  });

  it("asks for another voice where the profile lets it", async () => {
    const session = { audio: { output: { voice: "cedar" } } };
    const key = await brokerClient({
      url: broker.url,
      token,
      profile: "default",
      session,
    }).fetchEphemeralKey();
    expect(key.session.voice).toBe("cedar");
  });

  it("asks for the token before each request", async () => {
    const tokens = ["an-old-token-of-the-tests", token];
    const { listTools } = brokerClient({ url: broker.url, token: async () => tokens.shift() });
    expect(await refused(listTools())).toMatchObject({ status: 401, code: "credentials-rejected" });
    expect((await listTools()).map((tool) => tool.name)).toEqual(["convert_units", "current_time"]);
  });

  it("sends no credentials at all when there are none, and says what the broker says", async () => {
    const error = await refused(brokerClient({ url: broker.url }).fetchEphemeralKey());
    expect(error).toMatchObject({ status: 401, code: "credentials-missing" });
    expect(error.message).toMatch(/^Credentials are needed: /);
    expect(error.requestId).toMatch(/\S/);
  });

  it("calls a tool with the arguments as the model wrote them, or as an object", async () => {
    const { callTool } = brokerClient({ url: broker.url, token });
    const mile = { value: 1, from: "mile", to: "kilometre" };
    const answer = await callTool({ name: "convert_units", arguments: JSON.stringify(mile) });
    expect(JSON.stringify(answer)).toContain("1.609");
    expect(await callTool({ name: "convert_units", arguments: mile })).toEqual(answer);
  });

  it("points at the wrong argument", async () => {
    const { callTool } = brokerClient({ url: broker.url, token });
    const error = await refused(callTool({ name: "current_time", arguments: { time_zone: "Mars/Olympus" } }));
    expect(error).toMatchObject({ status: 422, code: "arguments-invalid" });
    expect(error.errors).toEqual([{ pointer: expect.stringMatching(/^\//), detail: expect.any(String) }]);
  });

  it("keeps odd tool names in the path", async () => {
    const { callTool } = brokerClient({ url: broker.url, token });
    expect(await refused(callTool({ name: "tools?x=1" }))).toMatchObject({ status: 404 });
    expect(await refused(callTool({ name: "../tools" }))).toMatchObject({ status: 404 });
  });

  it("never takes the broker's own routes for tools", async () => {
    const { callTool } = brokerClient({ url: broker.url, token });
    for (const name of ["ephemeral-key", "tools", "", ".", ".."])
      expect(await refused(callTool({ name })), name).toMatchObject({ status: 0, code: "not-found" });
  });

  it.each(["{", "[1]", "null", '"x"'])("has %s refused as the model's arguments", async (text) => {
    const { callTool } = brokerClient({ url: broker.url, token });
    const error = await refused(callTool({ name: "current_time", arguments: text }));
    expect(error).toMatchObject({ status: 400, code: "request-malformed" });
  });
});
