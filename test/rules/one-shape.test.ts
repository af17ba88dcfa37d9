// Rule 6: one shape per contract. The compiler fails here (`npm run check:types`) when a type differs from its schema.
import { expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { Challenge, EphemeralKey, ProblemDocument, ToolList } from "../../client/answers.ts";
import type { ErrorDetail } from "../../emulator/http/openai-error.ts";
import type { Challenges, SolvedChallenge } from "../../server/auth/guests/challenges.ts";
import type * as answers from "../../server/http/openapi/response-schemas.ts";
import type { OpenAiErrorBody } from "../../server/http/response/openai-error.ts";
import type { Problem } from "../../server/http/response/problem.ts";
import type { EphemeralKey as MintedKey } from "../../server/mint/mint.ts";
import type { Toolbox } from "../../server/tools/toolbox.ts";

type Answers = typeof answers;
type Answer<Name extends keyof Answers> = z.infer<Answers[Name]>;
type ToolsAnswer = { tools: ReturnType<Toolbox["list"]> };

test("the client's types are the contract's", () => {
  expectTypeOf<EphemeralKey>().toEqualTypeOf<Answer<"ephemeralKeySchema">>();
  expectTypeOf<ToolList>().toEqualTypeOf<Answer<"toolListSchema">>();
  expectTypeOf<ProblemDocument>().toEqualTypeOf<Answer<"problemSchema">>();
  expectTypeOf<Challenge>().toEqualTypeOf<Answer<"challengeSchema">>();
});

test("the service's own types are the contract's", () => {
  type Key = Answer<"ephemeralKeySchema">;
  type Minted = Omit<Key, "connect" | "supervision" | "usage_reports" | "value">;
  expectTypeOf<Omit<MintedKey, "connect" | "value">>().toEqualTypeOf<Minted>();
  // A key of OpenAI's is for Realtime.
  expectTypeOf<MintedKey["connect"]>().toEqualTypeOf<Omit<Key["connect"], "live">>();
  expectTypeOf<SolvedChallenge["challenge"]>().toEqualTypeOf<Answer<"challengeSchema">>();
  expectTypeOf<ReturnType<Challenges["create"]>>().resolves.toEqualTypeOf<Answer<"challengeSchema">>();
  expectTypeOf<ToolsAnswer>().toExtend<Answer<"toolListSchema">>();
  expectTypeOf<Problem>().toExtend<Answer<"problemSchema">>();
  expectTypeOf<OpenAiErrorBody>().toExtend<Answer<"openAiErrorSchema">>();
});

test("the emulator's errors have OpenAI's shape, as ours have", () => {
  expectTypeOf<{ error: ErrorDetail }>().toEqualTypeOf<Answer<"openAiErrorSchema">>();
});
