// What a key request may say, and what it is granted.

import { expect, it } from "vitest";
import { z } from "zod";
import { Failure } from "../../../../server/failures/failure.ts";
import {
  keyRequestBody,
  readKeyRequestBody,
  readKeyRequestQuery,
  resolveProfile,
} from "../../../../server/http/middleware/key-request.ts";
import { createBodyMemory } from "../../../../server/http/request/body-memory.ts";
import { readQuery } from "../../../../server/http/request/query.ts";
import { requestBody } from "../../../../server/http/request/request-body.ts";
import { alice, factsWith } from "../../../support/facts.ts";
import { serveRow } from "../../../support/rows.ts";
import { unsupervised } from "../../../support/supervision.ts";

const refusal = (work: () => unknown): Pick<Failure, "code" | "errors"> => {
  try {
    work();
  } catch (error) {
    const { code, errors } = error as Failure;
    return { code, errors };
  }
  throw new Error("nothing was refused");
};

it("no query asks for the default", () => {
  expect(readKeyRequestQuery("")).toEqual({});
  expect(readKeyRequestQuery("profile=units")).toEqual({ profile: "units" });
  expect(readKeyRequestQuery("profile=a%20b+c")).toEqual({ profile: "a b c" });
});

it.each([
  ["profil=units", "/profil", "is not known here; did you mean profile?"],
  ["profile=a&profile=a", "/profile", "is given more than once"],
  ["a~b/c=1&a~b/c=2", "/a~0b~1c", "is given more than once"],
  [`profile=${"a".repeat(65)}`, "/profile", expect.stringMatching(/64/)],
])("the query %s is refused, and where it is wrong is said", (query, pointer, detail) => {
  expect(refusal(() => readKeyRequestQuery(query))).toEqual({
    code: "key-request-invalid",
    errors: [{ pointer, detail }],
  });
});

it("a name that JavaScript gives a meaning is a name as any other", () => {
  expect(
    refusal(() => readQuery(z.strictObject({}), "__proto__=1&__proto__=2", "key-request-invalid")).errors,
  ).toEqual([{ pointer: "/__proto__", detail: "is given more than once" }]);
});

/** What a body sent over a connection is read as. */
const read = async (body: string | undefined) => {
  const memory = createBodyMemory(1024 * 1024, setImmediate);
  const contentType = { "content-type": "application/json" };
  await using row = await serveRow({
    handler: async ({ incoming, outgoing }) => {
      const unread = requestBody(incoming, outgoing, alice, memory);
      const limited = unread && { body: unread, maxBytes: 1000 };
      return JSON.stringify(await readKeyRequestBody(keyRequestBody, limited));
    },
  });
  const answer = await row.fetch({ method: "POST", headers: contentType, body: body ?? null });
  return [answer.status, await answer.json()];
};

it("no body asks for the default", async () => {
  expect(await read(undefined)).toEqual([200, {}]);
});

it("a body names a profile, and fields of the session", async () => {
  const asked = { profile: "units", session: { voice: "marin" } };
  expect(await read(JSON.stringify(asked))).toEqual([200, asked]);
});

it.each([
  ['{"profile": 1}', "/profile"],
  ['{"profile": "a", "profile": "b"}', "/profile"],
  ['{"session": []}', "/session"],
  ['{"model": "m"}', "/model"],
])("the body %s is refused, and where it is wrong is said", async (body, pointer) => {
  expect(await read(body)).toEqual([
    422,
    expect.objectContaining({
      type: "/problems/key-request-invalid",
      errors: [expect.objectContaining({ pointer })],
    }),
  ]);
});

const unused = () => expect.unreachable();
const grant = {
  ...{ profile: "units", model: "m", ttlSeconds: 60 },
  session: { type: "realtime" as const, model: "m" },
  ...unsupervised,
};

it("the grant is added, and the request is about its profile", () => {
  const facts = factsWith({ caller: alice, keyRequest: { profile: "units" } });
  const minting = { grant: () => grant, mint: unused, startCall: unused };
  expect(resolveProfile.run(facts, { minting })).toEqual({ grant });
  expect(facts.subject).toEqual({ kind: "mint", profile: "units" });
});

it("a refused request is about the profile that was asked for, without a key that stands in its place", () => {
  const minting = {
    grant: () => {
      throw new Failure("profile-unknown");
    },
    ...{ mint: unused, startCall: unused },
  };
  const about = (profile: string | undefined) => {
    const facts = factsWith({ caller: alice, keyRequest: { profile } });
    expect(() => resolveProfile.run(facts, { minting })).toThrow();
    return facts.subject;
  };
  expect(about("sk-1234567890abcdef")).toEqual({ kind: "mint", profile: "[redacted]" });
  expect(about(undefined)).toEqual({ kind: "mint", profile: "default" });
});
