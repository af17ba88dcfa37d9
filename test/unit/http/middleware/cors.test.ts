// Which web origins may read answers.
import { expect, it } from "vitest";
import { reply } from "../../../../server/http/answer.ts";
import { step } from "../../../../server/http/operation.ts";
import { serveRow } from "../../../support/rows.ts";

const ask = async (init: RequestInit) => {
  await using row = await serveRow({
    steps: [
      step([], ({ isPreflight, outgoing }: { isPreflight: boolean; outgoing: { fields: object } }) => {
        Object.assign(outgoing.fields, { "x-preflight": String(isPreflight) });
      }),
    ],
    answer: { write: (facts) => reply(facts, { headers: { vary: "accept-encoding" }, body: "" }) },
  });
  const { headers } = await row.fetch(init);
  return (name: string) => headers.get(name);
};

it("a page of an allowed origin reads the answer, its limits and its id", async () => {
  const field = await ask({ headers: { origin: "https://page.example" } });
  expect(field("access-control-allow-origin")).toBe("https://page.example");
  expect(field("access-control-expose-headers")).toMatch(/x-request-id,retry-after,ratelimit,/);
  expect(field("access-control-allow-credentials")).toBeNull();
  expect([field("vary"), field("x-preflight")]).toEqual(["Origin, accept-encoding", "false"]);
});

it.each(["https://page.example.evil", "https://PAGE.example", "http://page.example", "null", ""])(
  "a page of the origin %j does not",
  async (origin) => {
    const field = await ask({ headers: { origin } });
    expect(field("access-control-allow-origin")).toBeNull();
    expect(field("vary")).toMatch(/^Origin/);
  },
);

it("a preflight says what may be sent, and for how long the browser may remember that", async () => {
  const field = await ask({
    method: "OPTIONS",
    headers: {
      origin: "https://page.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, x-stainless-os",
    },
  });
  expect(field("access-control-allow-methods")).toBe("GET,POST,PUT,PATCH,DELETE");
  expect(field("access-control-allow-headers")).toBe("authorization,x-stainless-os");
  expect([field("access-control-max-age"), field("x-preflight")]).toEqual(["600", "true"]);
});

it("a request without Origin gets no CORS fields", async () => {
  const field = await ask({ method: "OPTIONS" });
  expect([field("vary"), field("access-control-expose-headers"), field("x-preflight")]).toEqual([
    ...["accept-encoding", null, "false"],
  ]);
});
