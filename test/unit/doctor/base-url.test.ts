// Addresses that are not the API's, by their form alone.
import { expect, it } from "vitest";
import { baseUrlCheck, subjectOfUrl } from "../../../server/doctor/base-url.ts";
import { answerOf, doctorKey } from "../../support/doctor-key.ts";

const examine = async (baseUrl: string) => {
  const listModels = async () => answerOf(200, { data: [] });
  const check = baseUrlCheck(doctorKey({ listModels }, { baseUrl }));
  return (await check.run(new AbortController().signal))[0];
};

it.each([
  ["https://shop.openai.azure.com", "https://shop.openai.azure.com/openai/v1"],
  ["https://shop.openai.azure.com/openai/deployments/voice", "https://shop.openai.azure.com/openai/v1"],
])("says Azure's form for %s", async (baseUrl, right) => {
  expect(await examine(baseUrl)).toMatchObject({
    ...{ check: "base-url.azure", fix: `Set OPENAI_BASE_URL to ${right}.` },
  });
});

it("takes Azure's own", async () => {
  expect((await examine("https://shop.openai.azure.com/openai/v1"))?.level).toBe("ok");
});

it.each([
  ["https://api.openai.com/v1/realtime/calls", "https://api.openai.com/v1"],
  ["http://127.0.0.1:8000/api/v1/chat/completions", "http://127.0.0.1:8000/api/v1"],
])("says what of %s is the API's", async (baseUrl, right) => {
  expect(await examine(baseUrl)).toMatchObject({
    check: "base-url.endpoint",
    fix: `Set OPENAI_BASE_URL to the part before, such as ${right}.`,
  });
});

it("warns of keys that travel readable, but not within this machine", async () => {
  expect(await examine("http://gateway.internal/v1")).toMatchObject({
    check: "base-url.plain",
    level: "warning",
  });
  expect((await examine("http://localhost:8000/v1"))?.level).toBe("ok");
});

it("names an address without its protocol, with a port that is not the protocol's own", () => {
  expect(subjectOfUrl("https://api.openai.com/v1")).toBe("api.openai.com/v1");
  expect(subjectOfUrl("http://[::1]:8000/v1")).toBe("[::1]:8000/v1");
});
