// A model may invent a tool's name: the client sends none that is an address of the service.
import { expect, test, vi } from "vitest";
import { brokerClient } from "../../client/broker-client.ts";
import { reservedNames } from "../../server/app.ts";

test("the client takes no address of the service for a tool", async () => {
  const sent = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("sent"));
  const { callTool } = brokerClient({ url: "http://broker.example" });
  const codes = await Promise.all(
    [...reservedNames].map((name) =>
      callTool({ name }).catch((error: { code: string }) => `${name} ${error.code}`),
    ),
  );
  sent.mockRestore();
  expect(codes).toEqual([...reservedNames].map((name) => `${name} not-found`));
});
