// The voice page and the client module, as the service serves what `npm run build` made.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { request as ask, type IncomingMessage } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const dist = new URL("../../dist/", import.meta.url);
const built = (path: string): Buffer => readFileSync(new URL(path, dist));
const scripts = () => readdirSync(new URL("web-demo/assets/", dist)).filter((file) => file.endsWith(".js"));

let broker: TestBroker;
beforeAll(async () => {
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1" });
});
afterAll(() => broker.stop());

/** Without the unpacking that fetch does by itself. */
const fetchPacked = (path: string, headers: Record<string, string>) =>
  new Promise<{ headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
    const asked = ask(broker.url + path, { headers }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ headers: answer.headers, body: Buffer.concat(chunks) });
    });
    asked.once("error", reject).end();
  });

describe("the page", () => {
  it("is at / for everybody, asked for anew each time", async () => {
    const answer = await broker.fetch("/");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(await answer.text()).toBe(built("web-demo/index.html").toString());
  });

  it("loads nothing from elsewhere, and talks to this service and OpenAI only", async () => {
    const { headers } = await broker.fetch("/");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self' http://127.0.0.1:9",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe-|\*|https:(?!\/)/);
    expect(headers.get("permissions-policy")).toContain("microphone=(self)");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(built("web-demo/index.html").toString()).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it("has scripts that browsers may keep for ever, under names that change with them", async () => {
    expect(scripts().length).toBeGreaterThan(0);
    for (const file of scripts()) {
      const answer = await broker.fetch(`/assets/${file}`);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        200,
        "text/javascript; charset=utf-8",
      ]);
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(file).toMatch(/-[\w-]{8,}\.js$/);
    }
  });

  it("is not there when the operator does not want it, and the client module stays", async () => {
    await using other = await createTestBroker({ openai: "http://127.0.0.1:9/v1", env: { PAGE: "false" } });
    for (const path of ["/", `/assets/${scripts()[0]}`]) {
      const answer = await other.fetch(path);
      expect([answer.status, (await problemIn(answer)).code]).toEqual([404, "not-found"]);
    }
    expect((await other.fetch("/client.js")).status).toBe(200);
  });
});

it("gives the client module to any page, and keeps it for minutes only", async () => {
  const answer = await broker.fetch("/client.js", { headers: { origin: "https://shop.example" } });
  expect([answer.status, await answer.text()]).toEqual([200, built("client/client.js").toString()]);
  const realtime = await broker.fetch("/realtime.js");
  expect([realtime.status, await realtime.text()]).toEqual([200, built("client/realtime.js").toString()]);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
});

describe("every file", () => {
  const paths = () => ["/", "/client.js", `/assets/${scripts()[0]}`];

  it("is not sent again to a browser that has it", async () => {
    for (const path of paths()) {
      const etag = (await broker.fetch(path)).headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[\w-]{22}"$/);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
        const again = await broker.fetch(path, { headers: { "if-none-match": known } });
        expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
      }
      const changed = await broker.fetch(path, { headers: { "if-none-match": '"other"' } });
      expect(changed.status).toBe(200);
    }
  });

  it("comes as small as the browser takes it", async () => {
    const page = built("web-demo/index.html");
    const unpack = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
    for (const [accepted, encoding] of [
      ["gzip, deflate, br, zstd", "br"],
      ["gzip, br;q=0", "gzip"],
      ["deflate", "identity"],
      ["br;q=0.0, gzip;q=0", "identity"],
    ] as const) {
      const { headers, body } = await fetchPacked("/", { "accept-encoding": accepted });
      expect(headers["content-encoding"] ?? "identity").toBe(encoding);
      expect([headers.vary, Number(headers["content-length"])]).toEqual(["accept-encoding", body.length]);
      expect(hash(unpack[encoding](body))).toBe(hash(page));
    }
  });

  it("is one of those that were built: no path leads to another", async () => {
    for (const path of [
      "/assets/../index.html",
      "/assets/%2e%2e/%2e%2e/package.json",
      "/assets/..%2findex.html",
      "/assets/%2fetc%2fpasswd",
      "/assets//etc/passwd",
      "/assets/constructor",
      "/index.html.br",
    ]) {
      const { status } = await fetch(broker.url + path);
      expect([path, status]).toEqual([path, 404]);
    }
  });

  it("leaves out its body when only the head is asked for", async () => {
    const answer = await fetch(`${broker.url}/client.js`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(answer.headers.get("etag")).toMatch(/^"/);
  });
});

const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
