// What the operator is warned of where the service answers web requests.
import { expect, it } from "vitest";
import { alice, startMounted } from "../support/mounted.ts";

it("a framework's own forwarding header is no proxy that the operator forgot", async () => {
  await using broker = await startMounted({ baseUrl: "http://127.0.0.1:9/v1" });
  const headers = { ...alice, "x-forwarded-for": "203.0.113.7" };
  const request = new Request("http://app.example/tools", { headers });
  expect((await broker.fetch(request, { address: "203.0.113.7" })).status).toBe(200);
  expect(broker.lines.filter(({ msg }) => msg === "proxy-unknown")).toEqual([]);
});
