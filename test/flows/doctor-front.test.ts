// broker doctor --url: a real nginx in front of the real service, with one line wrong each, and with none.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { examineCallers } from "../support/doctor-service.ts";
import { startNginx } from "../support/nginx.ts";

const KEY = "a-key-of-this-test-for-hashes-0123456789";
const PAGE = "https://app.example.com";
const yaml = `callers: { guests: loopback }\ncors: { origins: ["${PAGE}"] }`;
// nginx calls from an address that no client of the test has.
const env = { TRUSTED_PROXIES: "127.0.0.3", TOKEN_HASH_KEY: KEY };

let broker: TestBroker;
beforeAll(async () => {
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", env, yaml });
});
afterAll(() => broker.stop());

const lines = {
  pass: "proxy_pass http://broker;",
  version: "proxy_http_version 1.1;",
  bind: "proxy_bind 127.0.0.3;",
  upgrade: "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;",
  size: "client_max_body_size 0;",
  host: "proxy_set_header Host $http_host;",
  address: "proxy_set_header X-Forwarded-For $remote_addr;",
};

const examineBehind = async (
  changes: Partial<typeof lines>,
  { page, path = "" }: { page?: string; path?: string } = {},
) => {
  const text = Object.values({ ...lines, ...changes }).join(" ");
  await using nginx = await startNginx(`location / { ${text} }`, broker.url, "/healthz");
  return await examineCallers(
    { ...env, PORT: new URL(broker.url).port },
    { yaml, page, url: nginx.url + path },
  );
};

it("finds nothing wrong where nothing is", async () => {
  const { faults, findings } = await examineBehind({}, { page: PAGE });
  expect(faults).toEqual([]);
  expect(findings.map(({ check, level }) => `${level} ${check}`)).toEqual([
    ...["ok page", "ok public", "ok arrival", "ok upload"],
  ]);
});

const planted: Record<string, Partial<typeof lines>> = {
  "fault arrival.upgrade": { upgrade: "" },
  "fault upload.limit": { size: "client_max_body_size 1m;" },
  "warning arrival.host": { host: "proxy_set_header Host voice.internal;" },
  "fault arrival.header": { address: "proxy_set_header Forwarded for=$remote_addr;" },
  "fault arrival.untrusted": { bind: "proxy_bind 127.0.0.4;" },
  "fault arrival.forged": { address: "" },
  "fault arrival.buffered": {
    address: `${lines.address} proxy_ignore_headers X-Accel-Buffering; gzip on; gzip_types text/event-stream; gzip_min_length 1;`,
  },
};

describe("names, and nothing else,", () => {
  it.each(Object.entries(planted))("%s", async (found, changes) => {
    const { faults } = await examineBehind(changes);
    expect(faults).toEqual([found]);
  });

  it("a path that is not the service's own", async () => {
    expect((await examineBehind({}, { path: "/voice" })).faults).toEqual(["fault public.base-path"]);
  });

  it("an address at which nothing listens", async () => {
    const { faults } = await examineCallers(env, { yaml, url: "http://127.0.0.1:9" });
    expect(faults).toEqual(["fault public.unreachable"]);
  });

  it("a service with another key", async () => {
    const other = { ...env, TOKEN_HASH_KEY: `another-${KEY}` };
    const { faults } = await examineCallers(other, { yaml, url: broker.url });
    expect(faults).toEqual(["warning arrival.unknown"]);
  });

  it("a page that cors.origins does not have, and one that it nearly has", async () => {
    const ask = (page: string) => examineCallers(env, { yaml, page });
    expect((await ask(PAGE)).faults).toEqual([]);
    const { faults, findings } = await ask("http://app.example.com/index.html");
    expect(faults).toEqual(["fault page.origin"]);
    expect(findings[0]?.cause).toContain(PAGE);
  });

  it("a proxy that adds CORS headers of its own", async () => {
    const twice = `${lines.host} add_header Access-Control-Allow-Origin * always;`;
    const { faults } = await examineBehind({ host: twice }, { page: PAGE });
    expect(faults).toEqual(["fault page.changed"]);
  });
});
