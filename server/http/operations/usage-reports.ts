// POST /usage/reports: what a page says that its voice session used, which does not pass through the service.
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { Failure, type InputError } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import type { Minting } from "../../mint/mint.ts";
import { redact } from "../../observe/redact.ts";
import { realtimeUsageSchema, sumUsage } from "../../usage/reported.ts";
import type { SpentOn } from "../../usage/spent.ts";
import { type AnswerKind, reply } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { countedBy, limitInFlight } from "../middleware/limits.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { operation, step } from "../operation.ts";
import { bodyFailures, type LimitedBody, limitBody, readJsonBody } from "../request/body.ts";
import { type ReportServices, report } from "../run.ts";

const MAX_RESPONSES = 100;
const REPORT_BYTES = 128 * 1024;

const usageReportBody = z.strictObject({
  profile: z.string().max(64).optional().describe("The profile that the key was minted for."),
  session: z
    .string()
    .regex(/^[\w-]{1,128}$/, "must be an id of OpenAI's")
    .nullish()
    .describe("The session's id, as /ephemeral-key told it."),
  model: z
    .string()
    .regex(/^[\w.:/-]{1,128}$/, "must be a model's name")
    .nullish()
    .describe("The session's model, as /ephemeral-key told it."),
  usage: z
    .array(realtimeUsageSchema)
    .min(1)
    .max(MAX_RESPONSES)
    .describe("`usage` of each `response.done` since the last report, as it came."),
});

export interface UsageReportServices {
  minting: Pick<Minting, "grant">;
  spentOn: SpentOn;
  /** Whether the service keeps books. */
  takesUsageReports: boolean;
}

type Needs = RequestFacts & { caller: Caller; body: LimitedBody | undefined };
type UsageReport = z.output<typeof usageReportBody>;

const readUsageReport = step(
  ["not-found", "usage-report-invalid", ...bodyFailures],
  async ({ body }: Needs, { takesUsageReports }: UsageReportServices): Promise<{ told: UsageReport }> => {
    if (!takesUsageReports) throw new Failure("not-found", "This service keeps no books of usage.");
    const { value, errors } = await readJsonBody(body);
    if (errors.length > 0) throw invalid(errors);
    const parsed = parseInput(usageReportBody, value);
    if (parsed.success) return { told: parsed.data };
    throw invalid(inputErrorsOf(parsed.error, { unknownName: "is not known here" }));
  },
);

const invalid = (errors: InputError[]): Failure => new Failure("usage-report-invalid", undefined, { errors });

/** A model's name with the date of its version, as OpenAI tells it of a session. */
const VERSION = /-\d{4}-\d{2}-\d{2}$/;

// Only what the caller could have had a key for: a name that a page invents would be one more in every sum.
const resolveSession = step(
  ["profile-unknown", "profile-forbidden", "usage-report-invalid"],
  (
    facts: RequestFacts & { caller: Caller; told: UsageReport },
    { minting }: UsageReportServices,
  ): { session: { profile: string; model: string | undefined }; isProfilesModel: boolean } => {
    const { caller, told } = facts;
    facts.subject = { kind: "report", profile: redact(told.profile ?? "default") };
    const { profile, model } = minting.grant(caller, { profile: told.profile });
    const given = told.model ?? undefined;
    if (given === undefined || given === model || given.replace(VERSION, "") === model)
      return { session: { profile, model }, isProfilesModel: true };
    return {
      isProfilesModel: false,
      session: {
        profile,
        model: overriding(given, () => minting.grant(caller, { profile, session: { model: given } })),
      },
    };
  },
);

const overriding = (model: string, grant: () => unknown): string => {
  try {
    grant();
    return model;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "key-request-invalid") throw error;
    throw invalid([
      { pointer: "/model", detail: "is neither the profile's model, nor one that it lets you choose" },
    ]);
  }
};

const nothing: AnswerKind<void> = {
  description: "It was taken.",
  status: 204,
  content: {},
  write: (facts) => reply(facts, { status: 204, headers: { "cache-control": "no-store" }, body: undefined }),
};

export const usageReport = operation({
  routes: { "POST /usage/reports": "reportUsage" },
  summary: "Report what a voice session used",
  description:
    "A voice session runs between the page and OpenAI, so the service cannot see what it uses. The page may tell it here. It is kept apart from what the service has measured itself, as any page may tell anything.",
  body: usageReportBody,
  answer: nothing,
})
  .step(acceptWork)
  .step(authenticate)
  .step(limitInFlight)
  .step(readTagHeader)
  .step(limitBody(REPORT_BYTES))
  .step(readUsageReport)
  .step(resolveSession)
  .step(countedBy(({ caller }: { caller: Caller } & RequestFacts, checks) => checks.usageReport(caller)))
  .handle((facts, services: ReportServices & Pick<UsageReportServices, "spentOn">) => {
    const { told, session, isProfilesModel } = facts;
    const usage = sumUsage(told.usage);
    const spent = services.spentOn({ ...likeRelayed, model: session.model, usage });
    // A profile may let callers choose any model: of a page's names only those count that have a price.
    const isKnown = isProfilesModel || spent?.costNanoUsd !== undefined;
    report(facts, services, {
      kind: "reported",
      profile: session.profile,
      model: isKnown ? session.model : undefined,
      session: told.session ?? null,
      usage,
      responses: told.usage.length,
      spent,
    });
  });

/** Priced as if the service had relayed the session. */
const likeRelayed = {
  ...{ method: "POST", path: "/v1/realtime", status: 200, countsUsage: true, cache: undefined },
  ...{ answeredModel: undefined, serviceTier: undefined, upstreamKey: undefined },
};
