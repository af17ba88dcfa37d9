// The subject token of AWS STS, through AWS' own client, which an installation has where it is needed.
import type { GetWebIdentityTokenCommandOutput, STSClient } from "@aws-sdk/client-sts";
import { IdentityError } from "./identity-error.ts";
import { type SubjectTokens, subjectTokenOf } from "./subject-token.ts";
import type { IdentityBy } from "./workload-identity.ts";

const PACKAGE = "@aws-sdk/client-sts";
/** Finding credentials, such as those of the machine's metadata server, and asking STS. */
const TIMEOUT_MS = 10_000;

/** The client finds the credentials of the machine (IMDSv2), the task, the pod, the environment or a profile by itself. */
export const awsIdentity = (identity: IdentityBy<"aws">): SubjectTokens => {
  let loading: Promise<Loaded> | undefined;
  const load = () => {
    loading ??= loadClient(identity).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    read: async (signal) => {
      const { get } = await load();
      const deadline = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const { WebIdentityToken = "" } = await beforeEnd(get, AbortSignal.any([signal, deadline]));
        return subjectTokenOf(WebIdentityToken, "jwt", "the answer of AWS STS");
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof IdentityError) throw error;
        throw deadline.aborted
          ? new IdentityError("away", "AWS STS, or the machine's metadata server, gave no answer in time")
          : explain(error);
      }
    },
  };
};

interface Loaded {
  client: STSClient;
  get(signal: AbortSignal): Promise<GetWebIdentityTokenCommandOutput>;
}

const loadClient = async ({
  audience,
  region,
  token_seconds,
  sts_url,
}: IdentityBy<"aws">): Promise<Loaded> => {
  const { STSClient, GetWebIdentityTokenCommand } = await import("@aws-sdk/client-sts").catch((cause) => {
    throw new IdentityError("refused", `cannot be read: run npm install ${PACKAGE}, which is not installed`, {
      cause,
    });
  });
  const client = new STSClient({
    ...(region && { region }),
    ...(sts_url && { endpoint: sts_url }),
    // The service itself tries again, and says so meanwhile.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: TIMEOUT_MS / 2, requestTimeout: TIMEOUT_MS },
  });
  const input = { Audience: [audience], SigningAlgorithm: "RS256", DurationSeconds: token_seconds };
  return {
    client,
    get: (abortSignal) => client.send(new GetWebIdentityTokenCommand(input), { abortSignal }),
  };
};

// The client heeds the signal for the request to STS, and not while it looks for credentials.
const beforeEnd = <Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    work(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", leave));
  });

const advice: Readonly<Record<string, string>> = {
  AccessDenied: "let the role call sts:GetWebIdentityToken for this audience and token_seconds",
  CredentialsProviderError: "give the machine, the task or the pod a role",
  OutboundWebIdentityFederationDisabledException:
    "enable it: aws iam enable-outbound-web-identity-federation",
  SessionDurationEscalationException: "lower token_seconds below what the role's session has left",
};

const explain = (error: unknown): IdentityError => {
  const name = error instanceof Error ? error.name : "an unknown error";
  const isWithoutRegion = error instanceof Error && /region is missing/i.test(error.message);
  const what = isWithoutRegion
    ? "set region, or AWS_REGION"
    : (advice[name] ?? "look at region and sts_url; the global endpoint has no such call");
  // Only the error's name is told: AWS' own sentences name accounts and roles.
  return new IdentityError("away", `AWS STS gives no token (${name}); ${what}`, { cause: error });
};
