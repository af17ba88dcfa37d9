// The service as its operator meets it: starting, refusing to start, logging, and shutting down.
import { Agent, get } from "node:http";
import { expect, it } from "vitest";
import { emulateOpenAi } from "../support/openai.ts";
import { startProcess } from "../support/process.ts";
import { serve } from "../support/server.ts";

const key = { OPENAI_API_KEY: "sk-operator-0123456789abcdef" };
const token = "alice-0123456789abcdef";
const callers = `callers: { tokens: [{ name: alice, token: ${token} }] }\n`;
const alice = { headers: { authorization: `Bearer ${token}` } };

it("assumes nothing: without configuration it says what to set, and ends", async () => {
  await using service = startProcess({});
  expect(await service.exited).toBe(1);
  expect(service.output).toMatch(/does not start:\n {2}- OPENAI_API_KEY: .*\n {2}- callers: .*broker\.yaml/);
});

it("names every mistake at once, and the file that is not there", async () => {
  await using wrong = startProcess(
    { ...key, PORT: "none", LOG_LEVEL: "loud" },
    "callrs: {}\nprofiles: { a: { session: { type: realtime, model: m, voice: alloy } } }\n",
  );
  expect(await wrong.exited).toBe(1);
  for (const name of ["PORT", "LOG_LEVEL", "callrs", "profiles.a.session.voice", "audio.output.voice"]) {
    expect(wrong.output).toContain(name);
  }
  await using missing = startProcess({ ...key, BROKER_CONFIG: "elsewhere.yaml" });
  expect(await missing.exited).toBe(1);
  expect(missing.output).toContain("BROKER_CONFIG: there is no file elsewhere.yaml");
});

it("says that the port is taken", async () => {
  await using other = await serve(() => {});
  await using service = startProcess({ ...key, PORT: new URL(other.url).port }, callers);
  expect(await service.exited).toBe(1);
  expect(service.output).toMatch(/PORT: \d+ is taken/);
});

it("warns of a model that OpenAI will shut down, and starts", async () => {
  const profile = "profiles: { default: { session: { type: realtime, model: gpt-realtime-mini } } }";
  await using service = startProcess(key, callers + profile);
  await service.listening();
  expect(service.output).toMatch(/"level":"warn".*gpt-realtime-mini on 2027-01-20/);
});

it("finishes what is in flight on SIGTERM, answers on open connections once more, and ends well", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using slow = await serve(async (_, answer) => {
    arrived.resolve();
    await release.promise;
    answer.end("done");
  });
  const tool = `{ description: d, request: { url: "${slow.url}/" } }`;
  const profile = "{ session: { type: realtime, model: gpt-realtime-2.1 }, tools: [wait] }";
  await using service = startProcess(
    key,
    `${callers}profiles: { default: ${profile} }\ntools: { wait: ${tool} }`,
  );
  const url = await service.listening();
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string, from = agent) =>
    new Promise<[status: number | undefined, port: number | undefined, connection: string | undefined]>(
      (resolve, reject) => {
        const asked = get(url + path, { agent: from, headers: alice.headers }, (answer) => {
          const { localPort } = answer.socket;
          answer
            .resume()
            .once("end", () => resolve([answer.statusCode, localPort, answer.headers.connection]));
        });
        asked.once("error", reject);
      },
    );
  const [[, first], [, second]] = await Promise.all([ask("/healthz"), ask("/healthz")]);
  const waiting = fetch(`${url}/wait`, alice);
  await arrived.promise;
  service.signal("SIGTERM");
  const refusal = () => ask("/tools", new Agent()).catch(({ code }) => code);
  await expect.poll(refusal).toBe("ECONNREFUSED");
  const last = await Promise.all([ask("/readyz"), ask("/tools")]);
  expect(last.map(([status, , connection]) => [status, connection])).toEqual([
    [503, "close"],
    [200, "close"],
  ]);
  expect(last.map(([, port]) => port).sort()).toEqual([first, second].sort());
  release.resolve();
  const finished = await waiting;
  expect([finished.status, await finished.text()]).toEqual([200, "done"]);
  expect(await service.exited).toBe(0);
  expect(service.output).toMatch(/"msg":"stopped"/);
  agent.destroy();
});

it("does not wait for ever: after DRAIN_SECONDS it ends, and at once when told twice", async () => {
  const arrivals = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let arrived = 0;
  await using stuck = await serve(() => arrivals[arrived++]?.resolve());
  const profile = "{ session: { type: realtime, model: gpt-realtime-2.1 }, tools: [wait] }";
  const yaml = `${callers}profiles: { default: ${profile} }\ntools: { wait: { description: d, request: { url: "${stuck.url}/" } } }`;
  for (const [index, seconds] of ["0", "600"].entries()) {
    await using service = startProcess({ ...key, DRAIN_SECONDS: seconds }, yaml);
    const asked = fetch(`${await service.listening()}/wait`, alice).catch(() => "cut off");
    await arrivals[index]?.promise;
    service.signal("SIGTERM");
    if (seconds === "600") {
      await expect.poll(() => service.output).toContain("draining");
      service.signal("SIGTERM");
    }
    expect(await service.exited).toBe(seconds === "0" ? 0 : 1);
    expect(await asked).toBe("cut off");
  }
});

it("reads its configuration anew when it is told to, and goes on", async () => {
  await using service = startProcess(key, callers);
  const url = await service.listening();
  service.signal("SIGHUP");
  await expect.poll(() => service.output).toMatch(/"configuration-unchanged"/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  service.signal("SIGTERM");
  expect(await service.exited).toBe(0);
});

it("logs JSON lines with a request id, and never a token or a key", async () => {
  await using openai = await emulateOpenAi();
  const yaml = `callers: { tokens: [{ name: alice, token: "\${TOKEN}" }] }`;
  await using service = startProcess(
    { ...key, TOKEN: token, OPENAI_BASE_URL: openai.baseUrl, LOG_LEVEL: "debug" },
    yaml,
  );
  const url = await service.listening();
  const authorization = `Bearer ${token}`;
  const minted = (await (await fetch(`${url}/ephemeral-key`, { headers: { authorization } })).json()) as {
    value: string;
  };
  const paths = [
    "/tools",
    "/nope",
    `/${token}`,
    `/tools?token=${token}`,
    "/current_time?time_zone=Mars",
    "/healthz",
    "/sk-operator-0123456789abcdef",
  ];
  const answers = await Promise.all(paths.map((path) => fetch(url + path, { headers: { authorization } })));
  await fetch(`${url}/tools`, { headers: { authorization: `Bearer ${token}x` } });
  await openai.failMint({
    status: 401,
    body: { error: { message: `Incorrect API key provided: ${key.OPENAI_API_KEY}.` } },
  });
  await fetch(`${url}/ephemeral-key`, { headers: { authorization } });
  service.signal("SIGTERM");
  expect(await service.exited).toBe(0);
  const lines = service.output
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  const requests = lines.filter(({ msg }) => msg === "request");
  expect(requests).toHaveLength(10);
  expect(requests.map((line) => line.request_id)).toContain(answers[0]?.headers.get("x-request-id"));
  expect(requests.every((line) => typeof line.request_id === "string" && typeof line.time === "string")).toBe(
    true,
  );
  expect(service.output).not.toContain(minted.value);
  expect(service.output).not.toContain(key.OPENAI_API_KEY);
  expect(service.output).not.toContain(token);
  expect(service.output).not.toMatch(/Bearer|time_zone=/);
});

it("announces the additions of the demo first, and works with them", async () => {
  await using service = startProcess({}, undefined, ["--demo"]);
  const url = await service.listening();
  const [first, second, third, fourth] = service.output.split("\n");
  expect(first).toMatch(/^Guests from this machine/);
  expect(second).toMatch(
    /^OPENAI_API_KEY is not set, so OpenAI is emulated at http:\/\/127\.0\.0\.1:\d+\/v1/,
  );
  expect(third).toContain(`Open ${url}/`);
  const answer = await fetch(`${url}/ephemeral-key`);
  expect(await answer.json()).toMatchObject({ value: expect.stringMatching(/^ek_/), profile: "default" });
  const [, token = ""] = /#token=([\w-]+)$/.exec(fourth ?? "") ?? [];
  expect(fourth).toBe(`See who used what at ${url}/admin#token=${token}`);
  const usage = await fetch(`${url}/usage?by=user`, { headers: { authorization: `Bearer ${token}` } });
  expect(await usage.json()).toMatchObject({ about: "everyone" });
  service.signal("SIGINT");
  expect(await service.exited).toBe(0);
});
