// GET /admin and /admin/assets/*: the operator's page. GET /admin/api/sign-in: how an operator signs in there.
import type { OperatorSignIn } from "../../auth/operators.ts";
import { jsonAnswer } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { signInSchema } from "../openapi/admin-schemas.ts";
import { operation } from "../operation.ts";
import { type AssetServices, FOREVER, file, serve } from "./assets.ts";

export interface SignInServices {
  /** Whether broker.yaml names an operator. */
  hasOperators: boolean;
  operatorSignIn: OperatorSignIn;
}

export const adminPage = operation({
  routes: { "GET /admin": "adminPage" },
  summary: "The operator's page",
  answer: file(["text/html"]),
  failures: ["not-found"],
})
  .step(acceptWork)
  .handle((facts, { assets, operatorSignIn }: AssetServices & SignInServices) => {
    const headers = { "cache-control": "no-cache", ...adminHeaders(operatorSignIn) };
    return serve(facts, assets, headers, "The operator's page is switched off or not built.");
  });

/** The page's files, whose names change with their content. */
export const adminFile = operation({
  routes: { "GET /admin/assets/*": "adminFile" },
  summary: "The operator's page's files",
  answer: file(["text/javascript", "text/css", "image/svg+xml"]),
  failures: ["not-found"],
})
  .step(acceptWork)
  .handle((facts, { assets }: AssetServices) => serve(facts, assets, { "cache-control": FOREVER }));

export const adminSignIn = operation({
  routes: { "GET /admin/api/sign-in": "adminSignIn" },
  summary: "How an operator signs in to the page",
  answer: jsonAnswer("What is public about it.", signInSchema),
})
  .step(acceptWork)
  .handle((_, { hasOperators, operatorSignIn }: SignInServices) => ({
    configured: hasOperators,
    openid: operatorSignIn ?? null,
  }));

const adminHeaders = (signIn: OperatorSignIn): Record<string, string> => {
  const connect = ["'self'", ...(signIn ? [new URL(signIn.issuer).origin] : [])];
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src ${connect.join(" ")}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      // What no line of the page needs, injected text cannot use either.
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
  };
};
