// Secrets in AWS Secrets Manager, through AWS' own client, which an installation has where it is needed.
import type { GetSecretValueCommandOutput, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { isJsonRecord } from "../json/record.ts";
import { Secret } from "../secret.ts";
import type { AwsOptions } from "./options.ts";
import { SecretError, type SecretStore, type StoredSecret } from "./store.ts";

const PACKAGE = "@aws-sdk/client-secrets-manager";
const TIMEOUT_MS = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;

export const awsSecrets = (options: AwsOptions, env: Environment): SecretStore => {
  let loading: Promise<Loaded> | undefined;
  const load = () => {
    loading ??= loadClient(options, env).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    changes: "asked",
    read: async (name, signal) => {
      const { get } = await load();
      try {
        return storedIn(await get(name, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])));
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof SecretError ? error : explain(error);
      }
    },
    [Symbol.asyncDispose]: async () => (await loading?.catch(() => undefined))?.client.destroy(),
  };
};

interface Loaded {
  client: SecretsManagerClient;
  get(name: string, signal: AbortSignal): Promise<GetSecretValueCommandOutput>;
}

const loadClient = async ({ region, endpoint }: AwsOptions, env: Environment): Promise<Loaded> => {
  const { SecretsManagerClient, GetSecretValueCommand } = await import(
    "@aws-sdk/client-secrets-manager"
  ).catch((cause: unknown) => {
    throw new SecretError("refused", `cannot be read: run npm install ${PACKAGE}, which is not installed`, {
      cause,
    });
  });
  const where = region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION);
  const client = new SecretsManagerClient({
    ...(where && { region: where }),
    ...(endpoint && { endpoint }),
    ...credentialsIn(env),
    // The service itself tries again, and says so meanwhile.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: TIMEOUT_MS / 2,
      requestTimeout: TIMEOUT_MS,
      // Node's agent finds HTTPS_PROXY and NO_PROXY in it.
      httpsAgent: { proxyEnv: env },
    },
  });
  return {
    client,
    get: (name, abortSignal) => client.send(new GetSecretValueCommand({ SecretId: name }), { abortSignal }),
  };
};

// Variables of `.env` are not in the process's own environment, where the client looks by itself; files, roles of the machine and
// of the pod it finds alone.
const credentialsIn = (env: Environment) => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey) return {};
  return {
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    },
  };
};

const storedIn = ({ SecretString: text, CreatedDate }: GetSecretValueCommandOutput): StoredSecret => {
  if (!text) throw new SecretError("refused", "holds no text: it is binary, or empty");
  return { text: new Secret(text), fields: fieldsOf(text), changedAt: CreatedDate?.getTime() };
};

const fieldsOf = (text: string): ReadonlyMap<string, Secret> => {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonRecord(value)) return new Map();
    return new Map(
      Object.entries(value).flatMap(([name, part]): [string, Secret][] =>
        typeof part === "string" || typeof part === "number" ? [[name, new Secret(String(part))]] : [],
      ),
    );
  } catch {
    return new Map();
  }
};

const denied =
  "may not be read: AWS refuses it; the service's role needs secretsmanager:GetSecretValue on it, and kms:Decrypt on its key";
const signIn = "cannot be read: AWS does not accept the service's credentials";

// Only the error's name is told: AWS' own sentences name accounts and roles.
const refusals: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    "is not there: AWS Secrets Manager has no such secret in this region; check its name and secrets.aws.region",
  AccessDeniedException: denied,
  DecryptionFailure: denied,
  InvalidRequestException: "cannot be read: it is marked for deletion in AWS Secrets Manager",
  InvalidParameterException: "is no name that AWS Secrets Manager takes",
  ValidationException: "is no name that AWS Secrets Manager takes",
  CredentialsProviderError:
    "cannot be read: there are no AWS credentials; give the machine or pod a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  UnrecognizedClientException: signIn,
  InvalidSignatureException: signIn,
  IncompleteSignature: signIn,
  ExpiredTokenException: `${signIn}: they have expired`,
};

const explain = (error: unknown): SecretError => {
  const name = error instanceof Error ? error.name : "unknown error";
  if (error instanceof Error && /region is missing/i.test(error.message)) {
    return new SecretError("refused", "cannot be read: set secrets.aws.region, or AWS_REGION", {
      cause: error,
    });
  }
  const refusal = refusals[name];
  if (refusal !== undefined) return new SecretError("refused", refusal, { cause: error });
  const status = statusOf(error);
  if (
    status !== undefined &&
    status >= 400 &&
    status < 500 &&
    status !== 429 &&
    !/Throttl|TooManyRequests/.test(name)
  ) {
    return new SecretError("refused", `cannot be read: AWS Secrets Manager refuses it (${name}, ${status})`, {
      cause: error,
    });
  }
  return new SecretError(
    "down",
    `cannot be read: AWS Secrets Manager does not answer (${codeOf(error) ?? name})`,
    {
      cause: error,
    },
  );
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const statusOf = (error: unknown): number | undefined => {
  const metadata = error instanceof Error && "$metadata" in error ? error.$metadata : undefined;
  const status = isJsonRecord(metadata) ? metadata.httpStatusCode : undefined;
  return typeof status === "number" ? status : undefined;
};
