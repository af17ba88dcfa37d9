// Secrets that are sealed in broker.yaml, and the keys that open them.
import { CompactEncrypt } from "jose";
import { expect, it } from "vitest";
import { seal, sealedSecrets } from "../../../server/secrets/sealed.jose.ts";
import { newSealingKey, parseSealingKeys, type SealingKey } from "../../../server/secrets/sealing-key.ts";

const keyOf = (seed: number): SealingKey =>
  parseSealingKeys(textOf(seed))?.[0] ?? expect.fail("it is no key");
const textOf = (seed: number) => newSealingKey((length) => Buffer.alloc(length, seed));
const [one, two] = [keyOf(1), keyOf(2)];

const open = async (sealed: string, ...keys: SealingKey[]) =>
  (await sealedSecrets(async () => keys).read(sealed, new AbortController().signal)).text?.reveal();

it("a secret is sealed anew each time, and opened by its key among several", async () => {
  const sealed = await seal("sk-1", one);
  expect(sealed).not.toBe(await seal("sk-1", one));
  expect(await open(sealed, two, one)).toBe("sk-1");
});

it("a secret that was sealed with another key says so, and names both", async () => {
  await expect(open(await seal("sk-1", one), two)).rejects.toThrow(
    `was sealed with another key, ${one.id}; there is ${two.id}: add that key, or seal the secret anew`,
  );
});

it("a text that was changed, cut or made in another way is damaged", async () => {
  const sealed = await seal("sk-1", one);
  const parts = sealed.split(".");
  const tag = parts.pop() ?? "";
  await expect(
    open([...parts, tag.replace(/^./, tag[0] === "A" ? "B" : "A")].join("."), one),
  ).rejects.toThrow("is damaged; copy it again");
  await expect(open("a..b.c.d", one)).rejects.toThrow("is damaged");
  const other = await new CompactEncrypt(new TextEncoder().encode("x"))
    .setProtectedHeader({ alg: "A256KW", enc: "A256GCM", kid: one.id })
    .encrypt(one.bytes);
  await expect(open(other, one)).rejects.toThrow("is damaged");
});

it("several keys stand on lines or behind commas; a text with anything else is none", () => {
  const both = parseSealingKeys(`${textOf(1)}\n${textOf(2)}\n`);
  expect(both?.map(({ id }) => id)).toEqual([one.id, two.id]);
  expect(parseSealingKeys(`${textOf(1)},${textOf(2)}`)).toHaveLength(2);
  for (const text of ["", "short", `${textOf(1)} # a comment`, textOf(1).repeat(2)]) {
    expect(parseSealingKeys(text)).toBeUndefined();
  }
});
