// What is written about settings is what the service reads.
import { expect, test } from "vitest";
import { settingNames, settings } from "../../server/config/settings.ts";
import { createTestBroker } from "../support/broker.ts";
import { createAuthority } from "../support/certificates.ts";
import { readSource } from "../support/source.ts";

const example = readSource("broker.example.yaml");

test("broker.example.yaml shows every setting with its environment name and its default", () => {
  for (const name of settingNames) {
    const { env, default: fallback } = settings[name];
    const line = new RegExp(`^  (?:# )?${name}: (.*?) +# ${env}: \\S`, "m").exec(example);
    expect(line, name).not.toBeNull();
    if (fallback !== undefined) expect(line?.[1], name).toBe(String(fallback));
  }
});

const environment = Object.fromEntries(
  [...example.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = ""]) => [name, `${name}-`.padEnd(40, "0")]),
);

test("broker.example.yaml starts as it is", async () => {
  const options = { openai: "http://127.0.0.1:9/v1", yaml: example, env: environment };
  await using broker = await createTestBroker(options);
  expect(broker.warnings).toEqual([]);
});

test("broker.example.yaml starts with every setting in it", async () => {
  using authority = createAuthority();
  const files = authority.issue(["broker.example.com"]);
  const yaml = example
    .replaceAll(/^ {2}# (\w+: )/gm, "  $1")
    .replace("/etc/broker/tls/tls.crt", files.certificateFile)
    .replace("/etc/broker/tls/tls.key", files.keyFile)
    .replace("/etc/broker/tls/ca.crt", authority.file);
  expect(yaml).toContain("\n  port: 8787");
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml, env: environment });
  expect(broker.warnings).toEqual([]);
});
