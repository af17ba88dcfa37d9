// The chain of authenticators.
import { expect, it } from "vitest";
import { type Authenticator, authenticateWith } from "../../../server/auth/authenticator.ts";
import { Failure } from "../../../server/failures/failure.ts";
import { credentialsWith, settle } from "../../support/credentials.ts";

const knows =
  (bearer: string): Authenticator =>
  (credentials) =>
    credentials.bearer === bearer ? { kind: "guest", id: bearer } : undefined;

it("asks one after the other, and the first that knows the credential decides", async () => {
  const asked: string[] = [];
  const noting =
    (name: string): Authenticator =>
    (credentials) => {
      asked.push(name);
      return knows(name)(credentials);
    };
  const authenticate = authenticateWith([noting("a"), noting("b"), noting("c")]);
  expect(await settle(authenticate(credentialsWith({ bearer: "b" })))).toMatchObject({ id: "b" });
  expect(asked).toEqual(["a", "b"]);
});

it("does not ask on when one refuses", () => {
  const refuse: Authenticator = () => {
    throw new Failure("store-unavailable");
  };
  const authenticate = authenticateWith([refuse, knows("a")]);
  expect(() => authenticate(credentialsWith({ bearer: "a" }))).toThrow(
    expect.objectContaining({ code: "store-unavailable" }),
  );
});

it.each([
  ["no credential is missing", {}, "credentials-missing"],
  ["an unknown token is rejected", { bearer: "x" }, "credentials-rejected"],
  ["an unknown solution is rejected", { solution: "x" }, "credentials-rejected"],
  [
    "one in the address is refused before all others",
    { bearer: "a", query: "token=a" },
    "credentials-in-query",
  ],
])("%s", (_, changes, code) => {
  expect(() => authenticateWith([knows("a")])(credentialsWith(changes))).toThrow(
    expect.objectContaining({ code }),
  );
});

it("reads where a request came from, and what was signed, only where an authenticator wants it", () => {
  const never = () => {
    throw new Error("it was read");
  };
  const credentials = { ...credentialsWith({ bearer: "a" }), origin: never, request: never };
  expect(authenticateWith([knows("a")])(credentials)).toMatchObject({ id: "a" });
});
