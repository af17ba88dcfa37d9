// What is seen of a key without sending it.
import { expect, it } from "vitest";
import { keyFormatCheck } from "../../../server/doctor/key-format.ts";
import { Secret } from "../../../server/secret.ts";
import { doctorKey } from "../../support/doctor-key.ts";

const examine = async (secret: string, baseUrl = "https://api.openai.com/v1") => {
  const key = doctorKey({}, { secret: new Secret(secret), baseUrl });
  const [finding] = await keyFormatCheck(key, key.secret ?? new Secret("")).run(new AbortController().signal);
  expect(JSON.stringify(finding)).not.toContain(secret);
  return finding?.check;
};
const BODY = "AbCdEfGh0123456789AbCdEfGh0123456789";

it.each([`sk-${BODY}`, `sk-proj-${BODY}_-x`, `sk-svcacct-${BODY}`])(
  "takes a key of each of OpenAI's kinds",
  async (secret) => {
    expect(await examine(secret)).toBe("key-format");
  },
);

it.each([
  ...([
    [`"sk-${BODY}"`, "quotes"],
    [`'sk-${BODY}`, "quotes"],
    [`sk-admin-${BODY}`, "admin"],
  ] as const),
  ...([
    [`ek_${BODY}`, "ephemeral"],
    [`sess-${BODY}`, "session"],
    ["sk-...", "placeholder"],
  ] as const),
  ...([
    ["sk-abcd****wxyz", "placeholder"],
    ["sk-your-key-here-0123456789", "placeholder"],
  ] as const),
  ...([
    [`$${"{OPENAI_API_KEY}"}`, "placeholder"],
    ["org-0123456789abcdefghij", "unknown"],
  ] as const),
  ...([
    ["sk-short", "unknown"],
    ["Bearer", "header"],
  ] as const),
])("names what %s is", async (secret, fault) => {
  expect(await examine(secret)).toBe(`key-format.${fault}`);
});

it("takes the keys of other servers as they are", async () => {
  expect(await examine("0123456789abcdef0123456789abcdef", "https://x.openai.azure.com/openai/v1")).toBe(
    "key-format",
  );
  expect(await examine("local", "http://127.0.0.1:8000/v1")).toBe("key-format");
});
