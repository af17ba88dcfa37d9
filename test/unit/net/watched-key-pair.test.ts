// A certificate in files that are read again: renewed, broken, in the middle of being written, near its end.
import { afterAll, expect, it } from "vitest";
import { REREAD_MS, watchKeyPair } from "../../../server/net/watched-key-pair.ts";
import { createAuthority } from "../../support/certificates.ts";
import { createTestTime } from "../../support/time.ts";

const authority = createAuthority();
afterAll(() => authority[Symbol.dispose]());
const first = authority.issue(["voice.example.com"]);
const second = authority.issue(["voice.example.com"]);
const DAY_MS = 86_400_000;

const watch = async (pair = first, now = Date.now()) => {
  const { clock, timers, pass } = createTestTime(now);
  const files: Record<string, string | undefined> = { crt: pair.certificate, key: pair.key };
  const told: string[] = [];
  const used: string[] = [];
  const watched = await watchKeyPair(
    { use: "listener", certificateFile: "crt", keyFile: "key" },
    {
      ...{ clock, timers },
      read: async (file) => {
        const text = files[file];
        if (text === undefined) throw new Error(`${file} is not there`);
        return text;
      },
      log: {
        write: (level, event, fields) => void told.push(`${level} ${event} ${fields?.reason ?? ""}`.trim()),
      },
    },
  );
  watched.follow(({ certificate }) => void used.push(certificate));
  return { ...{ files, told, used, watched, pass }, turn: () => pass(REREAD_MS) };
};

it("uses a renewed certificate, and says so", async () => {
  const { files, used, told, watched, turn } = await watch();
  await turn();
  expect([used, told]).toEqual([[first.certificate], []]);
  Object.assign(files, { crt: second.certificate, key: second.key });
  await turn();
  expect([used, told]).toEqual([[first.certificate, second.certificate], ["info tls-certificate-renewed"]]);
  expect(watched.state()).toMatchObject({ use: "listener", isCurrent: true });
});

it("waits for the key where the certificate is written first", async () => {
  const { files, used, told, turn } = await watch();
  files.crt = second.certificate;
  await turn();
  files.key = second.key;
  await turn();
  expect([used.at(-1), told]).toEqual([second.certificate, ["info tls-certificate-renewed"]]);
});

it.each([
  ["another's key", { crt: second.certificate }, "the key is not that of the certificate"],
  [
    "nothing",
    { crt: "", key: "" },
    "the certificate: it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)",
  ],
  ["no file", { crt: undefined }, "crt is not there"],
])("keeps the old one where there is %s, and warns once", async (_, broken, reason) => {
  const { files, used, told, watched, turn } = await watch();
  Object.assign(files, broken);
  for (let turns = 0; turns < 5; turns += 1) await turn();
  expect(used).toEqual([first.certificate]);
  expect(told).toEqual([`warn tls-certificate-not-renewed ${reason}`]);
  expect(watched.state().isCurrent).toBe(false);
  Object.assign(files, { crt: first.certificate, key: first.key });
  await turn();
  expect(watched.state().isCurrent).toBe(true);
});

it("warns once a day of a certificate that ends within two weeks, and of one that has ended", async () => {
  const { told, pass } = await watch(first, Date.now() + 89.5 * DAY_MS);
  await pass(DAY_MS - REREAD_MS);
  expect(told).toEqual(["warn tls-certificate-expires"]);
  await pass(2 * REREAD_MS);
  expect(told).toEqual(["warn tls-certificate-expires", "warn tls-certificate-expired"]);
});

it("reads no more when it is closed", async () => {
  const { files, used, watched, turn } = await watch();
  watched[Symbol.dispose]();
  Object.assign(files, { crt: second.certificate, key: second.key });
  await turn();
  expect(used).toHaveLength(1);
});

it("does not begin with files that cannot be used", async () => {
  await expect(watch({ ...first, key: second.key })).rejects.toThrow(
    "the key is not that of the certificate",
  );
});
