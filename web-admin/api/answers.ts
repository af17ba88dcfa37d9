// The service's answers to the operator's page, as types: of the schemas that make the contract.
import type { z } from "zod";
import type * as schemas from "../../server/http/openapi/admin-schemas.ts";
import type * as sessionSchemas from "../../server/http/openapi/session-schemas.ts";
import type * as usageSchemas from "../../server/http/openapi/usage-schemas.ts";

type UsageAnswer<Name extends keyof typeof usageSchemas> = z.output<(typeof usageSchemas)[Name]>;
type SessionAnswer<Name extends keyof typeof sessionSchemas> = z.output<(typeof sessionSchemas)[Name]>;
type Answer<Name extends keyof typeof schemas> = z.output<(typeof schemas)[Name]>;

export type SignIn = Answer<"signInSchema">;
export type Overview = Answer<"overviewSchema">;
export type Figures = Overview["totals"];
export type Row = Overview["rows"][number];
export type Budget = Answer<"budgetStateSchema">;
export type KeyHealth = Answer<"keyHealthSchema">;
export type RequestList = UsageAnswer<"usageRecordsSchema">;
export type LoggedRequest = RequestList["requests"][number];
export type RequestStory = UsageAnswer<"usageRecordSchema">;
export type SessionList = SessionAnswer<"voiceSessionsSchema">;
export type VoiceSession = SessionList["sessions"][number];
export type SessionEnd = SessionAnswer<"sessionEndSchema">;
export type User = Answer<"adminUserSchema">;
export type UserList = Answer<"userListSchema">;
export type UserToken = Answer<"userTokenSchema">;
