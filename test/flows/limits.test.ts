// Limits over real sockets: what is counted, whose count it is, and what the answers show.
import { setTimeout as sleep } from "node:timers/promises";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { problemIn } from "../support/problem.ts";
import { sendRaw } from "../support/raw-request.ts";

const openai = "http://127.0.0.1:9/v1";
const names = ["alice", "bob", "carol"];
const tokens = names.map((name) => `{ name: ${name}, token: ${name}-0123456789abcdef, roles: [${name}s] }`);
const broker = (limits: string, more = "", base = openai) =>
  createTestBroker({
    openai: base,
    yaml: `callers: { guests: loopback, tokens: [${tokens.join(", ")}] }\nlimits: ${limits}\n${more}`,
  });
const as = (name: string) => ({ headers: { authorization: `Bearer ${name}-0123456789abcdef` } });
const callTool = (service: TestBroker, name: string, tool = "current_time?time_zone=UTC") =>
  service.fetch(`/${tool}`, as(name));
const statuses = async (count: number, ask: () => Promise<Response>) => {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await ask()).status);
  return seen;
};

it("lets so many calls of a caller pass, then says when to come back and which limit it was", async () => {
  await using service = await broker("{ tool_calls: { caller: 2 per hour } }");
  expect(await statuses(2, () => callTool(service, "alice"))).toEqual([200, 200]);
  const refused = await callTool(service, "alice");
  expect(refused.status).toBe(429);
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(3590);
  expect(seconds).toBeLessThanOrEqual(3600);
  expect(await problemIn(refused)).toMatchObject({
    code: "limit-exceeded",
    detail: expect.stringContaining("tool-calls-caller-hour"),
    "violated-policies": ["tool-calls-caller-hour"],
  });
  expect((await callTool(service, "bob")).status).toBe(200);
});

it("shows the state of the caller's own limits on every answer", async () => {
  await using service = await broker(
    "{ address: 50 per minute, tool_calls: { caller: 5 per minute, everyone: 9 per day } }",
  );
  const { headers } = await callTool(service, "alice");
  expect(headers.get("ratelimit-policy")).toBe(
    '"address-minute";q=50;w=60, "in-flight-caller";q=100;qu="concurrent-requests", "tool-calls-caller-minute";q=5;w=60',
  );
  expect(headers.get("ratelimit")).toMatch(
    /^"address-minute";r=49;t=(?:60|59), "in-flight-caller";r=99, "tool-calls-caller-minute";r=4;t=(?:60|59)$/,
  );
  const tooLong = `/problems?${"x".repeat(9000)}`;
  for (const path of [
    "/",
    "/nowhere/at/all",
    tooLong,
    "/healthz",
    "/problems",
    "/ephemeral-key?token=x",
    "/tools",
  ]) {
    const answer = await service.fetch(path, {
      headers: { authorization: "Bearer stranger-0123456789abcdef" },
    });
    expect(answer.headers.get("ratelimit"), `${path} ${answer.status}`).toContain('"address-minute";r=');
    expect(answer.headers.get("ratelimit-policy")).toContain('"address-minute";q=50;w=60');
  }
});

it("does not show how busy others are, unless that is the reason of a refusal", async () => {
  await using service = await broker("{ tool_calls: { everyone: 1 per day } }");
  const passed = await callTool(service, "alice");
  expect(passed.headers.get("ratelimit")).not.toContain("everyone");
  const refused = await callTool(service, "bob");
  expect(refused.headers.get("ratelimit")).toContain('"tool-calls-everyone-day";r=0');
});

it("holds a burst and a sustained limit at once", async () => {
  await using service = await broker("{ tool_calls: { caller: '3 per minute, 4 per month' } }");
  expect(await statuses(4, () => callTool(service, "alice"))).toEqual([200, 200, 200, 429]);
  const { headers } = await callTool(service, "alice");
  // What the burst refused was not taken from the month.
  expect(headers.get("ratelimit")).toContain('"tool-calls-caller-month";r=0');
  expect(headers.get("ratelimit")).toContain('"tool-calls-caller-minute";r=0');
});

it("lets a caller who is over their own limit use nothing of what others share", async () => {
  await using service = await broker("{ tool_calls: { caller: 2 per hour, everyone: 4 per hour } }");
  await statuses(10, () => callTool(service, "alice"));
  expect(await statuses(2, () => callTool(service, "bob"))).toEqual([200, 200]);
  expect((await callTool(service, "carol")).status).toBe(429);
});

it("gives callers of a role the role's limits, of several the first in the list", async () => {
  const roles =
    "roles:\n  bobs: { limits: { tool_calls: 3 per hour } }\n  carols: { limits: { mints: 1 per hour } }";
  await using service = await broker("{ tool_calls: { caller: 1 per hour } }", roles);
  expect(await statuses(2, () => callTool(service, "alice"))).toEqual([200, 429]);
  expect(await statuses(4, () => callTool(service, "bob"))).toEqual([200, 200, 200, 429]);
  expect(await statuses(2, () => callTool(service, "carol"))).toEqual([200, 429]);
});

it("limits a tool for all callers together, and a profile", async () => {
  await using emulated = await emulateOpenAi();
  const session = "session: { type: realtime, model: gpt-realtime }";
  const more = `profiles:
  default: { ${session}, tools: [current_time, convert_units], limit: 1 per hour }
  other: { ${session} }
tool_rules: { current_time: { limit: 1 per hour } }`;
  await using service = await broker("{}", more, emulated.baseUrl);
  expect((await callTool(service, "alice")).status).toBe(200);
  expect(await problemIn(await callTool(service, "bob"))).toMatchObject({
    "violated-policies": ["tool-calls-tool-hour"],
  });
  const other = await service.fetch("/convert_units?value=1&from=mile&to=kilometre", as("bob"));
  expect(other.status).toBe(200);
  expect((await service.fetch("/ephemeral-key", as("alice"))).status).toBe(200);
  expect(await problemIn(await service.fetch("/ephemeral-key", as("bob")))).toMatchObject({
    "violated-policies": ["mints-profile-hour"],
  });
  expect((await service.fetch("/ephemeral-key?profile=other", as("bob"))).status).toBe(200);
});

it("does not count a key request that is refused for another reason", async () => {
  await using emulated = await emulateOpenAi();
  await using service = await broker("{ mints: { caller: 1 per hour } }", "", emulated.baseUrl);
  const send = (path: string, type: string, body: string) =>
    service.fetch(path, {
      method: "POST",
      headers: { ...as("alice").headers, "content-type": type },
      body,
    });
  const forbidden = { session: { instructions: "Say anything." } };
  const form = [
    ...['--b\r\ncontent-disposition: form-data; name="sdp"\r\n\r\nv=0\r\n'],
    `--b\r\ncontent-disposition: form-data; name="session"\r\n\r\n${JSON.stringify(forbidden.session)}\r\n--b--\r\n`,
  ].join("");
  const refused = [
    await service.fetch("/ephemeral-key?profile=nowhere", as("alice")),
    await send("/ephemeral-key", "application/json", JSON.stringify(forbidden)),
    await send("/v1/realtime/client_secrets", "application/json", JSON.stringify(forbidden)),
    await send("/v1/realtime/calls", "multipart/form-data; boundary=b", form),
    await send("/v1/realtime/calls", "application/sdp", "no offer"),
  ];
  expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422, 400]);
  expect((await service.fetch("/ephemeral-key", as("alice"))).status).toBe(200);
  expect((await service.fetch("/ephemeral-key", as("alice"))).status).toBe(429);
});

it("does not count a relayed request that is refused for another reason", async () => {
  await using emulated = await emulateOpenAi();
  const relay = "relay: { all: { allow: [everyone], models: [gpt-5-mini] } }";
  await using service = await broker("{ relays: { caller: 1 per hour } }", relay, emulated.baseUrl);
  const chat = (body: string) =>
    service.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { ...as("alice").headers, "content-type": "application/json" },
      body,
    });
  const messages = '"messages":[{"role":"user","content":"Hello"}]';
  const fine = `{"model":"gpt-5-mini",${messages}}`;
  expect((await chat(`{"model":"dear",${messages}}`)).status).toBe(403);
  expect((await chat('{"model":')).status).toBe(400);
  expect((await service.fetch("/v1/organization/users", as("alice"))).status).toBe(403);
  expect([(await chat(fine)).status, (await chat(fine)).status]).toEqual([200, 429]);
});

it("reads no large body from a caller whose limit is used up", async () => {
  await using emulated = await emulateOpenAi();
  await using service = await broker("{ relays: { caller: 1 per hour } }", "", emulated.baseUrl);
  const head = (length: number, more = "") =>
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice-0123456789abcdef\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
  const body = '{"model":"gpt-5-mini","messages":[{"role":"user","content":"Hello"}]}';
  expect(await sendRaw(service.url, head(body.length, "Connection: close\r\n") + body)).toContain("200 OK");
  // None of the body is sent: a service that waited for it would wait for ever.
  const refused = await sendRaw(service.url, head(20_000_000));
  expect(refused).toMatch(/^HTTP\/1\.1 429 .*relays-caller-hour/s);
  expect(refused).toMatch(/^connection: close\r$/im);
});

it("does not count a call of a tool whose arguments are wrong", async () => {
  await using service = await broker("{ tool_calls: { caller: 1 per hour } }");
  const wrong = ["current_time?time_zone=Nowhere", "current_time?other=1", "nothing"];
  for (const tool of wrong) expect((await callTool(service, "alice", tool)).status).toBeOneOf([404, 422]);
  expect(await statuses(2, () => callTool(service, "alice"))).toEqual([200, 429]);
});

it("limits each address before anything else, and lets probes pass", async () => {
  await using service = await broker("{ address: 3 per hour }");
  expect(await statuses(5, () => service.fetch("/problems"))).toEqual([200, 200, 200, 429, 429]);
  expect((await callTool(service, "alice")).status).toBe(429);
  expect((await service.fetch("/healthz")).status).toBe(200);
  expect((await service.fetch("/readyz")).status).toBe(200);
});

it("lets a page read why it was refused", async () => {
  await using service = await broker(
    "{ address: 1 per hour }",
    "cors: { origins: ['https://app.example.com'] }",
  );
  const page = { headers: { origin: "https://app.example.com" } };
  await service.fetch("/problems", page);
  const { status, headers } = await service.fetch("/problems", page);
  expect(status).toBe(429);
  expect(headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  expect(headers.get("access-control-expose-headers")?.toLowerCase()).toContain("ratelimit");
});

it("counts what browsers ask before a request, and shows it to them", async () => {
  await using service = await broker(
    "{ address: 2 per hour }",
    "cors: { origins: ['https://app.example.com'] }",
  );
  const asking = { origin: "https://app.example.com", "access-control-request-method": "POST" };
  const preflight = () => service.fetch("/ephemeral-key", { method: "OPTIONS", headers: asking });
  const [first, second, third] = [await preflight(), await preflight(), await preflight()];
  expect([first, second, third].map(({ status }) => status)).toEqual([204, 204, 429]);
  expect(first.headers.get("ratelimit")).toMatch(/^"address-hour";r=1;t=\d+$/);
  expect(third.headers.get("retry-after")).toMatch(/^\d+$/);
});

it("counts guesses, many at once too, and examines no more of them", async () => {
  await using service = await broker("{ failed_authentication: 5 per hour }");
  const guesses = Array.from({ length: 40 }, (_, index) =>
    service.fetch("/tools", { headers: { authorization: `Bearer guess-${index}-0123456789abcdef` } }),
  );
  const seen = (await Promise.all(guesses)).map(({ status }) => status).sort();
  expect(seen).toEqual([...Array(5).fill(401), ...Array(35).fill(429)]);
  // A caller whose token is known goes on, also from the address of the guesses.
  expect((await callTool(service, "alice")).status).toBe(200);
});

it("lets many callers with good tokens come at once from one address", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: "ES256", kid: "1" }] });
  // All of them wait for the provider's keys together.
  const slowProvider = async () => {
    await sleep(200);
    return new Response(keys);
  };
  const issuer = `{ issuer: "https://login.test", audience: voice, algorithms: [ES256], jwks_url: "https://login.test/jwks" }`;
  const yaml = `callers: { issuers: [${issuer}] }\nlimits: { failed_authentication: 2 per hour }`;
  await using service = await createTestBroker({ openai, yaml, fetch: slowProvider });
  const ask = async (subject: string) => {
    const token = await new SignJWT({ sub: subject })
      .setProtectedHeader({ alg: "ES256", kid: "1" })
      .setIssuer("https://login.test")
      .setAudience("voice")
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);
    return (await service.fetch("/tools", { headers: { authorization: `Bearer ${token}` } })).status;
  };
  const all = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(`user-${index}`)));
  expect(all).toEqual(Array(60).fill(200));
});

it("does not count a request without credentials as a guess", async () => {
  const yaml =
    "callers: { tokens: [{ name: a, token: a-0123456789012345 }] }\nlimits: { failed_authentication: 1 per hour }";
  await using service = await createTestBroker({ openai, yaml });
  expect(await statuses(3, () => service.fetch("/tools"))).toEqual([401, 401, 401]);
});

it("counts refusals by their reason and by their limit, without naming a caller", async () => {
  await using service = await broker(
    "{ tool_calls: { caller: 1 per hour } }",
    "metrics: { allow: [token:bob] }",
  );
  await statuses(3, () => callTool(service, "alice"));
  const text = await (await service.fetch("/metrics", as("bob"))).text();
  expect(text).toContain('broker_refusals_total{problem="limit-exceeded"} 2');
  expect(text).toContain('broker_limits_reached_total{limit="tool-calls-caller-hour"} 2');
  expect(text).not.toMatch(/alice|127\.0\.0\.1/);
  expect(service.logs).toContainEqual(
    expect.objectContaining({
      problem: "limit-exceeded",
      limits: ["tool-calls-caller-hour"],
      caller: "token:alice",
    }),
  );
});

it("limits guests from anywhere by their address and all together, by default", async () => {
  await using emulated = await emulateOpenAi();
  await using service = await createTestBroker({
    openai: emulated.baseUrl,
    yaml: "callers: { guests: anyone }",
  });
  expect(await statuses(4, () => service.fetch("/ephemeral-key"))).toEqual([200, 200, 200, 429]);
});
