// How references to secrets are written.
import { expect, it } from "vitest";
import { describeReference, readSecretText } from "../../../server/secrets/reference.ts";

const partsOf = (text: string) => {
  const read = readSecretText(text);
  return "parts" in read ? read.parts : expect.fail(read.problem);
};

const problemOf = (text: string): string => {
  const read = readSecretText(text);
  return "problem" in read ? read.problem : expect.fail(JSON.stringify(read.parts));
};

it.each([
  ["env:OPENAI_KEY", { store: "env", place: "OPENAI_KEY", field: undefined }],
  ["file:/run/secrets/openai", { store: "file", place: "/run/secrets/openai", field: undefined }],
  ["file:a folder/with #1", { store: "file", place: "a folder/with #1", field: undefined }],
  ["vault:secret/team/broker#openai", { store: "vault", place: "secret/team/broker", field: "openai" }],
  ["aws-sm:prod/broker", { store: "aws-sm", place: "prod/broker", field: undefined }],
  [
    "aws-sm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:broker-AbCdEf#key",
    {
      store: "aws-sm",
      place: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:broker-AbCdEf",
      field: "key",
    },
  ],
  ["sealed:eyJh..iv.data.tag", { store: "sealed", place: "eyJh..iv.data.tag", field: undefined }],
])("%s is a reference", (text, reference) => {
  expect(partsOf(text)).toEqual([reference]);
});

it.each([
  "sk-proj-123",
  "redis://:pw@host:6379",
  "postgres://u:p@h/d",
  "sqlite:data/broker.db",
  "test:1",
  "${",
])("%s is a secret itself", (text) => {
  expect(partsOf(text)).toEqual([text]);
});

it("a secret that looks like a reference is written behind text:", () => {
  expect(partsOf("text:env:not-a-variable")).toEqual(["env:not-a-variable"]);
  expect(partsOf("text:text:x")).toEqual(["text:x"]);
});

it("a longer text may have references in it", () => {
  expect(partsOf(`Bearer \${file:/run/x} and \${vault:kv/a#b}!`)).toEqual([
    "Bearer ",
    { store: "file", place: "/run/x", field: undefined },
    " and ",
    { store: "vault", place: "kv/a", field: "b" },
    "!",
  ]);
  expect(partsOf(`Bearer $\${file:/run/x} \${NAME}`)).toEqual(["Bearer ", `\${file:/run/x}`, ` \${NAME}`]);
});

it.each([
  ["valut:kv/a#b", "there is no store of secrets called valut; did you mean vault:? (references begin with"],
  ["File:/run/x", "there is no store of secrets called File; did you mean file:?"],
  ["aws_sm:a", "there is no store of secrets called aws_sm; did you mean aws-sm:?"],
  [`Bearer \${onepassword:a}`, "there is no store of secrets called onepassword (references"],
  ["env:", "env: names nothing; it must be env:NAME"],
  ["env:a-b", "is no reference; it must be env:NAME"],
  ["file:/run/x\n", "file: has a line break or control character in it"],
  ["vault:kv/a", "is no reference; it must be vault:MOUNT/PATH#FIELD"],
  ["vault:kv#b", "is no reference; it must be vault:MOUNT/PATH#FIELD"],
  ["vault:kv/../sys/raw#b", "is no reference; it must be vault:MOUNT/PATH#FIELD"],
  ["vault:kv/a?version=1#b", "is no reference; it must be vault:MOUNT/PATH#FIELD"],
  ["aws-sm:a b", "is no reference; it must be aws-sm:NAME"],
  ["sealed:abc", "is no reference; it must be what `npx broker secrets seal` prints"],
])("%s is a mistake", (text, problem) => {
  expect(problemOf(text)).toContain(problem);
});

it("messages name a reference as it is written, but not what is sealed", () => {
  expect(partsOf("vault:kv/a#b").map((part) => typeof part === "object" && describeReference(part))).toEqual([
    "vault:kv/a#b",
  ]);
  expect(describeReference({ store: "sealed", place: "e..i.d.t", field: undefined })).toBe("sealed:…");
});
