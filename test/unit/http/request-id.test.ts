// The names of requests.
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { requestIdOf } from "../../../server/http/request-id.ts";

const now = Date.UTC(2026, 10, 21, 12);

it("gives each request a UUID of version 7, as random as one of version 4", () => {
  expect(z.uuidv7().safeParse(requestIdOf(now, randomUUID())).success).toBe(true);
  expect(requestIdOf(now, "0f1e2d3c-4b5a-4678-9abc-def012345678")).toBe(
    "01a1fdfa-4600-7678-9abc-def012345678",
  );
});

it("orders requests by their time", () => {
  const ids = [0, 1, 15, 16, 1000, 1e6, 1e11].map((later) => requestIdOf(now + later, randomUUID()));
  expect(ids.toSorted()).toEqual(ids);
});

it("takes a time that is no whole number, and one of long ago", () => {
  const id = (time: number) => requestIdOf(time, "0f1e2d3c-4b5a-4678-9abc-def012345678");
  expect(id(now + 0.5)).toBe(id(now));
  expect(id(0)).toBe("00000000-0000-7678-9abc-def012345678");
});
