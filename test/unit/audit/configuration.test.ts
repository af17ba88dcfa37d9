// Loaded configurations: which part changed is told, and nothing of what it says.
import { expect, it } from "vitest";
import { link } from "../../../server/audit/chain.ts";
import { configurationEntries } from "../../../server/audit/configuration.ts";
import { parseConfig } from "../../../server/config/load.ts";
import { NOON, testSealer } from "../../support/audit.ts";

const env = { OPENAI_API_KEY: "sk-0123456789abcdef0123", ALICE: "alice-0123456789abcdef" };
const config = (document: object) => parseConfig(document, env, { file: "broker.yaml", digest: "abc" });
const callers = { tokens: [{ name: "alice", token: "$" + "{ALICE}" }] };
const entries = (last?: Parameters<typeof configurationEntries>[0]) =>
  configurationEntries(last, testSealer, () => NOON);

it("names the parts that changed since the last one, also over a restart", () => {
  const first = entries().loaded(config({ callers }));
  expect(first.details).toMatchObject({ file: "broker.yaml", file_sha256: "abc", changed: undefined });
  const again = entries(link(first, "c1", undefined, testSealer));
  expect(again.loaded(config({ callers })).details.changed).toEqual([]);
  const changed = config({ callers, limits: { address: "none" }, settings: { port: 1 } });
  expect(again.loaded(changed).details.changed).toEqual(["limits", "settings"]);
  expect(again.loaded(config({})).details.changed).toEqual(["callers", "limits", "settings"]);
});

it("holds neither secrets nor what could be guessed without the key", () => {
  const loaded = entries().loaded(config({ callers }));
  expect(JSON.stringify(loaded)).not.toMatch(/alice|sk-/);
  const { digests } = config({ callers });
  for (const digest of Object.values(digests.parts)) expect(JSON.stringify(loaded)).not.toContain(digest);
});

it("says why a configuration was refused", () => {
  const refused = entries().refused(config({}), ["callers: must be configured"]);
  expect(refused).toMatchObject({
    action: "configuration-refused",
    details: { problems: ["callers: must be configured"] },
  });
});
