// Identities from the metadata servers of clouds.
import { afterAll, describe, expect, it } from "vitest";
import {
  azureIdentity,
  googleIdentity,
} from "../../../../server/upstream/identity/subject-token.metadata.ts";
import type { SubjectTokens } from "../../../../server/upstream/identity/subject-token.ts";
import { workloadIdentitySchema } from "../../../../server/upstream/identity/workload-identity.ts";
import { azureMetadata, googleMetadata } from "../../../support/metadata-servers.ts";
import { serve } from "../../../support/server.ts";
import { createWorkload } from "../../../support/workload.ts";

const workload = await createWorkload();
afterAll(() => workload[Symbol.asyncDispose]());
const tokenFor = (audience: string) => workload.token({ audience });

const ids = { identity_provider_id: "idp", service_account_id: "svc" };
const google = (metadata_url: string, more = {}): SubjectTokens => {
  const identity = workloadIdentitySchema.parse({ provider: "gcp", ...ids, metadata_url, ...more });
  if (identity.provider !== "gcp") throw new Error("not Google's");
  return googleIdentity(identity);
};
const azure = (metadata_url: string, more = {}): SubjectTokens => {
  const fields = { provider: "azure", ...ids, resource: "api://openai", metadata_url, ...more };
  const identity = workloadIdentitySchema.parse(fields);
  if (identity.provider !== "azure") throw new Error("not Azure's");
  return azureIdentity(identity);
};
const open = new AbortController().signal;

describe("Google's metadata server", () => {
  it("gives an identity token for OpenAI", async () => {
    await using server = await googleMetadata(tokenFor);
    const { type, claims } = await google(server.url).read(open);
    expect([type, claims.audience]).toEqual(["id", "https://api.openai.com/v1"]);
  });

  it("is asked for the audience that is configured", async () => {
    await using server = await googleMetadata(tokenFor);
    const { claims } = await google(server.url, { audience: "https://other" }).read(open);
    expect(claims.audience).toBe("https://other");
  });

  it("is believed only where it says that it is Google's", async () => {
    const token = await workload.token();
    await using portal = await serve((_, answer) => answer.end(token));
    await expect(google(portal.url).read(open)).rejects.toThrow("what answered 200 is not Google's");
  });
});

describe("Azure's metadata service", () => {
  it("gives the token of the managed identity", async () => {
    await using server = await azureMetadata(tokenFor);
    const { type, claims } = await azure(server.url).read(open);
    expect([type, claims.audience]).toEqual(["jwt", "api://openai"]);
  });

  it("is told which of several identities", async () => {
    await using server = await azureMetadata(tokenFor, ["one", "two"]);
    await expect(azure(server.url).read(open)).rejects.toThrow("gives no token");
    expect((await azure(server.url, { client_id: "two" }).read(open)).type).toBe("jwt");
  });
});

describe.each<[string, (url: string) => SubjectTokens]>([
  ["Google's", google],
  ["Azure's", azure],
])("%s, where it misbehaves", (_, from) => {
  const flavor = { "metadata-flavor": "Google" };

  it("is followed nowhere else", async () => {
    const token = await workload.token();
    let asked = 0;
    await using other = await serve((_request, answer) => {
      asked += 1;
      answer.writeHead(200, flavor).end(JSON.stringify({ access_token: token }));
    });
    await using server = await serve((_request, answer) => {
      answer.writeHead(302, { location: other.url, ...flavor }).end();
    });
    await expect(from(server.url).read(open)).rejects.toThrow("gives no token");
    expect(asked).toBe(0);
  });

  it("may answer a page, which is quoted nowhere", async () => {
    await using server = await serve((_request, answer) => {
      answer.writeHead(200, { "content-type": "text/html", ...flavor });
      answer.end("<html>sign in with eyJhbGciOiJI.eyJzdWIi.c2ln</html>");
    });
    const error: Error = await from(server.url)
      .read(open)
      .then(
        () => expect.unreachable(),
        (thrown) => thrown,
      );
    expect(error.message).toMatch(/holds no signed token|gives no token/);
    expect(error.message).not.toContain("eyJ");
    expect(error.message).not.toContain("<html>");
  });

  it("may answer without end", async () => {
    await using server = await serve((_request, answer) => {
      answer.writeHead(200, flavor);
      const flood = () => {
        while (!answer.destroyed && answer.write("x".repeat(16_384)));
        if (!answer.destroyed) answer.once("drain", flood);
      };
      flood();
    });
    await expect(from(server.url).read(open)).rejects.toThrow("gives no token");
  });

  it("may not answer at all while the service stops", async () => {
    await using server = await serve(() => {});
    const stopping = new AbortController();
    const reading = from(server.url).read(stopping.signal);
    const refused = expect(reading).rejects.toThrow("the service stops");
    stopping.abort(new Error("the service stops"));
    await refused;
  });

  it("may be nowhere, as on a machine of another cloud", async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    await expect(from(server.url).read(open)).rejects.toThrow(/gives no token \(connect ECONNREFUSED .*\); /);
  });
});
