// AWS Secrets Manager's JSON protocol over a real socket, as AWS' own client speaks it.
import { serve } from "./server.ts";

export interface TestAws extends AsyncDisposable {
  url: string;
  secrets: Map<string, string>;
  /** The name of the error that it answers with, with a status; or "silent" for none at all. */
  trouble: { name: string; status: number } | "silent" | undefined;
  /** The key ids of the requests' signatures. */
  signers: string[];
}

/** Use with `await using`. */
export const startAws = async (): Promise<TestAws> => {
  const server = await serve(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const [, signer = ""] = /Credential=([^/]+)/.exec(request.headers.authorization ?? "") ?? [];
    aws.signers.push(signer);
    if (aws.trouble === "silent") return;
    const fail = (status: number, name: string): void =>
      void response
        .writeHead(status, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify({ __type: name, Message: `arn:aws:iam::123456789012:role/x: ${name}` }));
    if (aws.trouble) return fail(aws.trouble.status, aws.trouble.name);
    if (request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue")
      return fail(400, "UnknownOperation");
    const { SecretId: name } = JSON.parse(text) as { SecretId: string };
    const value = aws.secrets.get(name);
    if (value === undefined) return fail(400, "ResourceNotFoundException");
    const body = {
      Name: name,
      SecretString: value,
      CreatedDate: 1_767_261_600,
      VersionStages: ["AWSCURRENT"],
    };
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  });
  const aws: TestAws = {
    url: server.url,
    secrets: new Map(),
    trouble: undefined,
    signers: [],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return aws;
};
