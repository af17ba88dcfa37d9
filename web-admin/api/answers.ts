// The service's answers to the operator's page, as types: of the schemas that make the contract.
import type { z } from "zod";
import type * as schemas from "../../server/http/openapi/admin-schemas.ts";

type Answer<Name extends keyof typeof schemas> = z.output<(typeof schemas)[Name]>;

export type SignIn = Answer<"signInSchema">;
export type Overview = Answer<"overviewSchema">;
export type Figures = Overview["totals"];
export type Row = Overview["rows"][number];
export type Budget = Answer<"budgetStateSchema">;
export type KeyHealth = Answer<"keyHealthSchema">;
export type LoggedRequest = Answer<"requestSchema">;
export type RequestList = Answer<"requestListSchema">;
export type RequestStory = Answer<"storySchema">;
export type User = Answer<"adminUserSchema">;
export type UserList = Answer<"userListSchema">;
export type UserToken = Answer<"userTokenSchema">;
