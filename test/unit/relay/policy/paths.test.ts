// Which of OpenAI's addresses a rule opens, and which none can.
import { describe, expect, it } from "vitest";
import {
  isNeverOpen,
  isPathPattern,
  mustNameModel,
  namesNoModel,
  openedBy,
  plainPath,
  readerOf,
} from "../../../../server/relay/policy/paths.ts";
import { problemsIn } from "../../../support/configuration.ts";

describe("what can be read in one way only", () => {
  it.each(["/v1/models", "/v1/models/ft:gpt-5-mini:org::a1", "/v1/files/file-1_2.txt/content"])(
    "%s is",
    (path) => {
      expect(plainPath(path)).toBe(path);
    },
  );

  it.each([
    "/v1",
    "/v1/",
    "/v1//models",
    "/v1/models/",
    "/v1/./models",
    "/v1/files/../organization",
    "/v1/files/..",
    "/v1/files/.",
    "/v1/files/%2e%2e/organization",
    "/v1/files%2f..",
    "/v1/files\\..",
    "/v1/files;/organization",
    "//v1/models",
    "/V1/models",
    "http://127.0.0.1/v1/models",
    "/v1/models\u0000",
    `/v1/${"a".repeat(257)}`,
  ])("%s is not", (path) => {
    expect(plainPath(path)).toBeUndefined();
  });
});

describe("inference", () => {
  const opens = openedBy(["inference"]);

  it.each([
    "POST /v1/chat/completions",
    "POST /v1/completions",
    "POST /v1/responses",
    "POST /v1/responses/compact",
    "POST /v1/responses/input_tokens",
    "GET /v1/responses/resp_1",
    "GET /v1/responses/resp_0a-b_c",
    "DELETE /v1/responses/resp_1",
    "POST /v1/responses/resp_1/cancel",
    "GET /v1/responses/resp_1/input_items",
    "POST /v1/embeddings",
    "POST /v1/moderations",
    "POST /v1/images/generations",
    "POST /v1/images/edits",
    "POST /v1/images/variations",
    "POST /v1/audio/speech",
    "POST /v1/audio/transcriptions",
    "POST /v1/audio/translations",
    "GET /v1/models",
    "GET /v1/models/gpt-5-mini",
    "GET /v1/models/ft:gpt-5-mini:acme:users:a1",
  ])("opens %s", (row) => {
    const [method = "", path = ""] = row.split(" ");
    expect(opens(method, path)).toBe(true);
  });

  it.each([
    "GET /v1/chat/completions",
    "GET /v1/chat/completions/chatcmpl-1",
    "DELETE /v1/models/ft:mine",
    "GET /v1/files",
    "POST /v1/files",
    "POST /v1/batches",
    "POST /v1/fine_tuning/jobs",
    "GET /v1/vector_stores",
    "POST /v1/realtime/client_secrets",
    "POST /v1/chat/completions/more",
    "POST /v1/chatter",
    "GET /v1/responses",
    "GET /v1/responses/all",
    "GET /v1/responses/resp_",
    "GET /v1/responses/resp_1.txt",
    "GET /v1/responses/my-resp_1",
    "GET /v1/models/~gpt-5",
    "GET /v1/models/gpt-5~",
    "POST /v1/responses/resp_1",
    "POST /v1/responses/resp_1/share",
    "PUT /v1/responses/resp_1/cancel",
    "GET /v1/responses/resp_1/output/more",
    "POST /v1/images/generations/batch",
    "POST /v1/images/anything",
    "POST /v1/audio/voices",
    "POST /v1/audio/voice_consents",
    "GET /v1/models/gpt-5-mini/permissions",
  ])("does not open %s", (row) => {
    const [method = "", path = ""] = row.split(" ");
    expect(opens(method, path)).toBe(false);
  });
});

describe("no rule opens", () => {
  const all = openedBy(["/v1/*"]);

  it.each([
    "/v1/organization/admin_api_keys",
    "/v1/organization",
    "/v1/Organization/users",
    "/v1/organizations",
    "/v1/projects/p/api_keys",
    "/v1/api_keys",
    "/v1/api-keys",
    "/v1/dashboard/billing/usage",
    "/v1/usage",
    "/v1/usages",
    "/v1/me",
    "/v1/fine_tuning/checkpoints/c/permissions",
    "/v1/fine_tuning/checkpoints/ft:gpt-5-mini:acme::a1/permissions/cp_1",
    "/v1/realtime/sessions",
    "/v1/realtime/client_secrets",
    "/v1/realtime/calls/rtc_1/hangup",
    "/v1/live/sessions",
    "/v1/live/sessions/live_1/fork",
    "/v1/chatkit/sessions",
    "/v1/chatkit/sessions/cksess_1/cancel",
    "/v1/service_accounts",
    "/v1/service-accounts/user-1",
    "/v1/serviceAccounts",
    "/v1/SERVICE_ACCOUNTS",
    "/v1/x/service_accounts",
    "/v1/files/admin_api_keys",
    "/v1/files/file-1/apiKeys",
    "/v1/external_keys",
    "/v1/users.json",
    "/v1/users:list",
    "/v1/models/users",
    "/v1/groups/g/roles",
    "/v1/roles",
    "/v1/invites",
    "/v1/certificates/activate",
    "/v1/audit_logs",
    "/v1/costs",
    "/v1/billing/credit_grants",
    "/v1/credit-grants",
    "/v1/spend_limit",
    "/v1/spend_alerts",
    "/v1/rate_limits",
    "/v1/rate-limits/rl-gpt-5",
    "/v1/model_permissions",
    "/v1/hosted_tool_permissions",
    "/v1/data_retention",
    "/v1/workload_identity_providers",
    "/v1/webhook_endpoints",
    "/v1/webhook_event_types",
    "/v1/vaults/vault_1/credentials",
    "/v1/safety/alerts",
  ])("%s", (path) => {
    expect(all("GET", path)).toBe(false);
    expect(isNeverOpen(`GET ${path}`)).toBe(true);
  });

  it.each([
    ...["call", "calls", "cost", "credits", "external_storage", "group", "key", "keys", "member", "members"],
    ...["people", "quota", "quotas", "rate_limit", "realtime_x", "role", "service_tier", "service_tiers"],
    ...["team", "teams", "usage", "user", "workspace", "workspaces"],
  ])("/v1/x/%s, whatever is before it", (name) => {
    expect(all("GET", `/v1/x/${name}`)).toBe(false);
  });

  it("but it may open everything else", () => {
    const rest = [
      ...["files/f", "batches", "fine_tuning/jobs/ftjob-1/checkpoints", "vector_stores/vs_1/file_batches"],
      ...["threads/thread_1/runs/run_1/submit_tool_outputs", "chatkit/threads", "agents/sessions", "evals"],
      ...["conversations/conv_1/items", "assistants", "skills/s/versions", "videos/v/remix", "containers/c"],
      ...["models/ft:gpt-5-mini:acme:billing-users:a1", "files/file-key1users2", "responses/input_tokens"],
      ...["keyboards", "monkeys", "lively", "outlive"],
    ];
    expect(rest.filter((path) => !all("POST", `/v1/${path}`) || isNeverOpen(`/v1/${path}`))).toEqual([]);
  });
});

it("an entry may name a method, and all that is beneath a path", () => {
  const opens = openedBy(["POST /v1/files", "/v1/uploads/*"]);
  const asked = [
    ["POST", "/v1/files"],
    ["GET", "/v1/files"],
    ["PUT", "/v1/uploads/u/parts"],
    ["PUT", "/v1/uploads"],
    ["PUT", "/v1/uploadsandmore"],
    ["POST", "/v1/files2"],
    ["POST", "/v1/files/f"],
  ] as const;
  expect(asked.map(([method, path]) => opens(method, path))).toEqual([
    true,
    false,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it("knows where a model is named", () => {
  expect(["/v1/files", "/v1/files/f/content", "/v1/uploads/u/parts"].every(namesNoModel)).toBe(true);
  expect(["/v1/audio/speech", "/v1/filesystem", "/v1/images/edits"].some(namesNoModel)).toBe(false);
  expect(namesNoModel("/v1/x/v1/files")).toBe(false);
});

describe("a model must be named", () => {
  it.each([
    ...["chat/completions", "completions", "responses", "responses/compact", "embeddings"],
    ...["images/generations", "images/edits", "audio/speech", "audio/transcriptions"],
  ])("where OpenAI would choose one: POST /v1/%s", (path) => {
    expect(mustNameModel("POST", `/v1/${path}`)).toBe(true);
    expect(mustNameModel("GET", `/v1/${path}`)).toBe(false);
  });

  it.each(["moderations", "responses/resp_1/cancel", "images/a/b", "audio/a/b", "files", "x/v1/responses"])(
    "but not at /v1/%s",
    (path) => {
      expect(mustNameModel("POST", `/v1/${path}`)).toBe(false);
    },
  );
});

describe("the texts of a request are read by", () => {
  it.each([
    ...["chat/completions", "completions", "responses", "responses/compact", "responses/input_tokens"],
    ...["images/generations", "images/edits", "images/variations", "audio/speech", "audio/transcriptions"],
    ...["audio/translations", "videos", "videos/edits", "videos/extensions", "videos/video_1-a/remix"],
  ])("a model: /v1/%s", (path) => {
    expect(readerOf(`/v1/${path}`)).toBe("model");
  });

  it.each(["embeddings", "moderations", "responses/resp_1-a/cancel", "files", "uploads/u/parts"])(
    "no model: /v1/%s",
    (path) => {
      expect(readerOf(`/v1/${path}`)).toBe("none");
    },
  );

  it.each([
    ...["assistants", "responses/resp_1", "videos/video_1", "completions/more", "x/v1/completions"],
    ...["x/v1/embeddings", "embeddings/more", "responses/./cancel", "videos/./remix"],
  ])("something that is not known: /v1/%s", (path) => {
    expect(readerOf(`/v1/${path}`)).toBe("unknown");
  });
});

it.each(["inference", "/v1/files", "POST /v1/files", "/v1/*", "* /v1/responses/*", "DELETE /v1/files/*"])(
  "%s is an entry",
  (text) => expect(isPathPattern(text)).toBe(true),
);

it.each([
  "",
  "files",
  "/v2/files",
  "/v1/*/content",
  "TRACE /v1/files",
  "/v1/files*",
  "POST  /v1/files",
  "/v1x",
])("%s is none", (text) => expect(isPathPattern(text)).toBe(false));

it("the start names what is wrong with an entry", () => {
  const yaml = `relay: { a: { allow: [everyone], paths: [files, /v1/organization/users], models: [], color: red }, b: { allow: ["token:who"] } }`;
  const problems = problemsIn(yaml);
  expect(problems.join("\n")).toMatch(/relay\.a\.paths\[0\]: must be inference, or a path/);
  expect(problems.join("\n")).toMatch(/relay\.a\.paths\[1\]: is never relayed/);
  expect(problems.join("\n")).toMatch(/relay\.a\.models/);
  expect(problems.join("\n")).toMatch(/color/);
});
