// Why a request ended as it did, in words. Pure.
import { failureKind, isFailureCode } from "../failures/failure.ts";
import type { UsageRecord, VoicePart } from "./record.ts";

/** Some sentences. `isOperator`: with the cause and the attempts at OpenAI, which the caller is not told. */
export const explain = (record: UsageRecord, isOperator: boolean): string =>
  [
    ...outcome(record),
    ...(isOperator ? [...attempts(record), ...cause(record)] : []),
    ...advice(record),
  ].join(" ");

const outcome = (record: UsageRecord): string[] => {
  const { status, problem, isAborted, cache, story } = record;
  if (problem !== undefined) {
    const title = isFailureCode(problem) ? failureKind(problem).title : problem;
    const limits = story.limits ?? [];
    return [`It was refused: ${title}.`, ...(limits.length > 0 ? [`Used up: ${limits.join(", ")}.`] : [])];
  }
  if (status === 499) return ["The caller left before the answer began."];
  if (isAborted)
    return ["The answer ended before it was whole; what is shown as used is what was known by then."];
  if (status >= 400) return [`OpenAI answered with ${status}, which was passed on.`];
  if (cache === "hit")
    return ["It was answered from the response cache; OpenAI was not asked, and it cost nothing."];
  if (cache === "joined") {
    return ["It shared the answer to the same request of another caller, which was under way."];
  }
  if (record.kind === "voice") return [metered[story.part ?? "response"]];
  if (record.kind === "mint" && story.session?.startsWith("vs_")) return [ticketed];
  return [answered[record.kind]];
};

const answered: Record<Exclude<UsageRecord["kind"], "voice">, string> = {
  mint: "A key was handed out. What the session uses goes from the page to OpenAI directly, and is not known here.",
  "tool-call": "The tool was called and answered.",
  relay: "OpenAI answered, and the answer was passed on whole.",
  report: "A page reported what its session used.",
  session: "A supervised voice session was started. What it uses is metered in records of its own.",
};

const ticketed =
  "A ticket for a supervised voice session was handed out. What the session uses is metered in records of its own.";

const metered: Record<VoicePart, string> = {
  response: "The model answered in a supervised voice session, and OpenAI told what that used.",
  transcription:
    "What was said in a supervised voice session was transcribed, and OpenAI told what that used.",
  backend: "A model answered behind a supervised voice session, and OpenAI told what that used.",
  "voice-time": "OpenAI counted this time of a supervised voice session.",
  "unseen-time":
    "The service could not see the supervised voice session for this time. What it costs is taken from the profile's `usd_per_minute`.",
};

const attempts = ({ story, problem }: UsageRecord): string[] => {
  const tried = story.attempts ?? [];
  if (tried.length < 2) return [];
  const failed = (problem === undefined ? tried.slice(0, -1) : tried).map(({ key }) => key);
  return [`${tried.length} attempts were made at OpenAI; those with ${failed.join(", ")} failed.`];
};

const cause = ({ story }: UsageRecord): string[] =>
  story.cause === undefined ? [] : [`The cause: ${story.cause.replace(/\.$/, "")}.`];

const advice = ({ problem }: UsageRecord): string[] =>
  problem !== undefined && isFailureCode(problem) ? [`What to do: ${failureKind(problem).advice}`] : [];
