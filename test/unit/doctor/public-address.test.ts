// What doctor makes of the answers at a public address, and at plain http beside it.
import { expect, it } from "vitest";
import type { HttpAnswer } from "../../../server/doctor/http-probe.ts";
import { publicAddressCheck } from "../../../server/doctor/public-address.ts";
import { redirectCheck } from "../../../server/doctor/redirect.ts";
import { createTestTime } from "../../support/time.ts";

const { clock } = createTestTime();
const { signal } = new AbortController();
const DAY_MS = 86_400_000;

type Answers = Record<string, Partial<HttpAnswer> & { text?: string }>;

const HEALTH = { text: '{"status":"ok"}', certificateEndsAt: clock.now() + 60 * DAY_MS };

const probeOf =
  (answers: Answers) =>
  async ({ url }: { url: string }): Promise<HttpAnswer> => {
    const { text = "", ...answer } = answers[url] ?? { status: 404 };
    const chunks = [{ text, atMs: 0 }];
    return { status: 200, headers: {}, certificateEndsAt: undefined, chunks, ...answer };
  };

const judge = async (
  answers: Answers,
  { url = "https://voice.test", basePath = "" } = {},
): Promise<string[]> => {
  const isLoopback = (host: string) => host === "127.0.0.1";
  const check = publicAddressCheck({ url, probe: probeOf(answers), clock, basePath, isLoopback });
  return (await check.run(signal)).map(({ check: id, level }) => `${level} ${id}`);
};

it("finds nothing wrong where nothing is", async () => {
  expect(await judge({ "https://voice.test/healthz": HEALTH })).toEqual(["ok public"]);
  expect(await judge({ "http://127.0.0.1/healthz": HEALTH }, { url: "http://127.0.0.1" })).toEqual([
    "ok public",
  ]);
});

it("names a certificate that ends soon", async () => {
  const soon = { ...HEALTH, certificateEndsAt: clock.now() + 13 * DAY_MS };
  expect(await judge({ "https://voice.test/healthz": soon })).toEqual(["warning public.certificate-ends"]);
});

it("names a certificate that callers do not trust, and does not send for a setting that is for this machine only", async () => {
  const error = Object.assign(new Error("self-signed"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  const ports = { probe: () => Promise.reject(error), clock, basePath: "", isLoopback: () => false };
  const [finding] = await publicAddressCheck({ ...ports, url: "https://voice.test" }).run(signal);
  expect(finding).toMatchObject({
    check: "public.certificate",
    fix: expect.stringContaining("all callers must know"),
  });
});

it("names an address without TLS", async () => {
  const answers = { "http://voice.test/healthz": { text: HEALTH.text } };
  expect(await judge(answers, { url: "http://voice.test" })).toEqual(["warning public.plain"]);
});

it("names a proxy that does not reach the service, a redirect, and what is something else", async () => {
  const at = (answer: Answers[string]) => judge({ "https://voice.test/healthz": answer });
  expect(await at({ status: 502 })).toEqual(["fault public.gateway"]);
  expect(await at({ status: 301, headers: { location: "https://www.voice.test/" } })).toEqual([
    "fault public.redirect",
  ]);
  expect(await at({ status: 200, text: "<html>welcome to nginx" })).toEqual(["fault public.other"]);
});

it("names a path that is not BASE_PATH, whichever of the two answers", async () => {
  const answers = { "https://voice.test/voice/healthz": HEALTH };
  expect(await judge(answers, { url: "https://voice.test/voice" })).toEqual(["fault public.base-path"]);
  expect(await judge(answers, { basePath: "/voice" })).toEqual(["fault public.base-path"]);
});

it("plain http leads to https, or is closed", async () => {
  const ask = async (answers: Answers) => {
    const check = redirectCheck({ url: "http://voice.test", probe: probeOf(answers) });
    return (await check.run(signal)).map(({ check: id, level }) => `${level} ${id}`);
  };
  const at = "http://voice.test/healthz";
  expect(await ask({ [at]: { status: 308, headers: { location: "https://voice.test/healthz" } } })).toEqual([
    "ok redirect",
  ]);
  expect(await ask({ [at]: { text: HEALTH.text } })).toEqual(["warning redirect.missing"]);
});
