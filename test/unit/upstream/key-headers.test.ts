// What OpenAI is sent with each request under one of our keys.
import { expect, it } from "vitest";
import { Secret } from "../../../server/secret.ts";
import { keyHeaders } from "../../../server/upstream/key-headers.ts";

const secret = new Secret("sk-of-a");
const own = ["authorization", "Bearer sk-of-a", "user-agent", "realtime-key-broker"];

it("the key, and organization and project where they are configured", () => {
  expect(keyHeaders({ secret, organization: undefined, project: undefined })).toEqual(own);
  expect(keyHeaders({ secret, organization: "org-1", project: "proj-1" })).toEqual([
    ...own,
    ...["openai-organization", "org-1", "openai-project", "proj-1"],
  ]);
});
