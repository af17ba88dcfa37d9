// GET, POST and PATCH /admin/api/users, and POST /admin/api/users/<name>/token: users, for operators.
import { z } from "zod";
import type { UserManagement } from "../../auth/users/manage-users.ts";
import { Failure } from "../../failures/failure.ts";
import type { OperatorActed } from "../../observe/event.ts";
import { userOf } from "../admin-users.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import {
  checkProfiles,
  newUserBody,
  type ProfileServices,
  readNewUser,
  readTokenRequest,
  readUserChange,
  resolveUserName,
  tokenBody,
  userChangeBody,
} from "../middleware/admin-user.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { requireOperator } from "../middleware/operators.ts";
import { userListSchema, userTokenSchema } from "../openapi/admin-schemas.ts";
import { operation } from "../operation.ts";
import { limitBody } from "../request/body.ts";
import type { RunServices } from "../run.ts";

export interface UserServices extends ProfileServices, Pick<RunServices, "clock" | "emit" | "hashAddress"> {
  userManagement: UserManagement;
}

/** What the audit trail gets of a change. */
const tell = (
  { requestId, caller, address }: RequestFacts,
  { clock, emit, hashAddress }: UserServices,
  action: OperatorActed["action"],
  name: string,
  details: OperatorActed["details"] = {},
): void => {
  const at = clock.now();
  emit({
    ...{ kind: "operator-acted", at, requestId, caller, action, details },
    client: hashAddress(address),
    target: `user:${name}`,
  });
};

const MAX_BYTES = 16 * 1024;
const pathParameters = { name: "The user's name." };

export const adminUsers = operation({
  routes: { "GET /admin/api/users": "adminUsers" },
  summary: "All users, for operators",
  answer: jsonAnswer("The users, and the profiles that they may be given.", userListSchema),
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .handle(async (_, { userManagement, profileNames, clock }: UserServices) => ({
    users: (await userManagement.list()).map((user) => userOf(user, clock.now())),
    profiles: [...profileNames],
  }));

export const addUser = operation({
  routes: { "POST /admin/api/users": "addUser" },
  summary: "Add a user with a first token",
  body: newUserBody,
  answer: jsonAnswer("The user's token, which is kept nowhere.", userTokenSchema),
  failures: ["user-exists"],
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .step(limitBody(MAX_BYTES))
  .step(readNewUser)
  .step(checkProfiles)
  .handle(async (facts, services: UserServices) => {
    const { newUser, written } = facts;
    const token = await services.userManagement.add(newUser);
    if (token === undefined)
      throw new Failure("user-exists", `There is a user called ${newUser.name} already.`);
    tell(facts, services, "user-added", newUser.name, written);
    return { name: newUser.name, token };
  });

export const changeUser = operation({
  routes: { "PATCH /admin/api/users/:name": "changeUser" },
  summary: "Change, disable or enable a user",
  description: "What is left out stays. All replicas follow within a second.",
  pathParameters,
  body: userChangeBody,
  answer: jsonAnswer("Done.", z.strictObject({ name: z.string() })),
  failures: ["user-unknown"],
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .step(resolveUserName)
  .step(limitBody(MAX_BYTES))
  .step(readUserChange)
  .step(checkProfiles)
  .handle(async (facts, services: UserServices) => {
    const { userName, userChange, disabled, written } = facts;
    const { userManagement } = services;
    const found =
      written === undefined
        ? (await userManagement.list()).some(({ name }) => name === userName)
        : await userManagement.change(userName, userChange);
    if (!found) throw new Failure("user-unknown");
    if (written !== undefined) tell(facts, services, "user-changed", userName, written);
    if (disabled === true) await userManagement.disable(userName);
    if (disabled === false) await userManagement.enable(userName);
    if (disabled !== undefined) tell(facts, services, disabled ? "user-disabled" : "user-enabled", userName);
    return { name: userName };
  });

export const rotateUserToken = operation({
  routes: { "POST /admin/api/users/:name/token": "rotateUserToken" },
  summary: "Give a user a new token",
  pathParameters,
  body: tokenBody,
  answer: jsonAnswer("The new token, which is kept nowhere.", userTokenSchema),
  failures: ["user-unknown"],
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .step(resolveUserName)
  .step(limitBody(MAX_BYTES))
  .step(readTokenRequest)
  .handle(async (facts, services: UserServices) => {
    const { userName, overlapSeconds } = facts;
    const token = await services.userManagement.rotate(userName, overlapSeconds * 1000);
    if (token === undefined) throw new Failure("user-unknown");
    tell(facts, services, "token-rotated", userName, { overlap_seconds: overlapSeconds });
    return { name: userName, token };
  });
