// Identities from AWS STS, asked by AWS' own client with the machine's credentials.
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { awsIdentity } from "../../../../server/upstream/identity/subject-token.aws.ts";
import { workloadIdentitySchema } from "../../../../server/upstream/identity/workload-identity.ts";
import { awsMetadata, awsSts } from "../../../support/metadata-servers.ts";
import { createWorkload } from "../../../support/workload.ts";

const workload = await createWorkload();
const machine = await awsMetadata();
const sts = await awsSts((audience) => workload.token({ audience }));
afterAll(async () => {
  for (const each of [workload, machine, sts]) await each[Symbol.asyncDispose]();
});

// AWS' client looks there by itself.
beforeEach(() => {
  sts.refuseWith("");
  vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.url);
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
});

const identity = (more = {}) => {
  const read = workloadIdentitySchema.parse({
    ...{ provider: "aws", identity_provider_id: "idp", service_account_id: "svc" },
    ...{ region: "eu-central-1", sts_url: sts.url, ...more },
  });
  if (read.provider !== "aws") throw new Error("not AWS'");
  return awsIdentity(read);
};
const open = new AbortController().signal;

it("gives the token of the machine's role, for OpenAI and for five minutes", async () => {
  const { type, claims } = await identity().read(open);
  expect([type, claims.audience]).toEqual(["jwt", "https://api.openai.com/v1"]);
  expect(Object.fromEntries(sts.asked.at(-1) ?? [])).toMatchObject({
    Action: "GetWebIdentityToken",
    "Audience.member.1": "https://api.openai.com/v1",
    DurationSeconds: "300",
    SigningAlgorithm: "RS256",
  });
});

it("asks for what is configured", async () => {
  await identity({ audience: "https://other", token_seconds: 3600 }).read(open);
  expect(Object.fromEntries(sts.asked.at(-1) ?? [])).toMatchObject({
    "Audience.member.1": "https://other",
    DurationSeconds: "3600",
  });
});

it.each([
  ["AccessDenied", "let the role call sts:GetWebIdentityToken"],
  ["OutboundWebIdentityFederationDisabledException", "aws iam enable-outbound-web-identity-federation"],
])("says what to do about %s, and no account's name", async (code, advice) => {
  sts.refuseWith(code);
  const error: Error = await identity()
    .read(open)
    .then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
  expect(error.message).toContain(advice);
  expect(error.message).not.toContain("123456789012");
});

it("says where a machine has no role", async () => {
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  await expect(identity().read(open)).rejects.toThrow("give the machine, the task or the pod a role");
});

it("ends when the service stops", async () => {
  const stopping = new AbortController();
  const refused = expect(identity().read(stopping.signal)).rejects.toThrow("the service stops");
  stopping.abort(new Error("the service stops"));
  await refused;
});
