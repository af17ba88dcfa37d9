// POST /oauth/token: exchanges a workload's identity for an access token; and the emulator's own routes for who may.
import { Hono } from "hono";
import { readJson } from "../http/body.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";
import type { AccessTokens } from "./access-tokens.ts";
import {
  ExchangeRefusal,
  exchangeRequest,
  type IdentityProviders,
  identityProvidersRequest,
} from "./identity-providers.ts";

export interface ExchangePorts {
  identityProviders: IdentityProviders;
  accessTokens: AccessTokens;
}

/** Under `/oauth`, as at auth.openai.com. */
export const exchangeRoutes = ({ identityProviders, accessTokens }: ExchangePorts) =>
  new Hono().post("/token", async (c) => {
    try {
      const request = accept(exchangeRequest, await readJson(c.req));
      const expires_in = await identityProviders.lifeFor(request);
      return c.json({
        access_token: accessTokens.issue(expires_in, request.service_account_id),
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in,
      });
    } catch (error) {
      if (!(error instanceof ExchangeRefusal || error instanceof OpenAiError)) throw error;
      const { code, status } =
        error instanceof ExchangeRefusal ? error : { code: "invalid_request", status: 400 as const };
      return c.json({ error: code, error_description: error.message }, status);
    }
  });

/** Under `/emulator`. */
export const identityAdminRoutes = ({ identityProviders, accessTokens }: ExchangePorts) =>
  new Hono()
    .put("/identity-providers", async (c) => {
      const { providers } = accept(identityProvidersRequest, await readJson(c.req));
      identityProviders.replace(providers);
      return c.json({ providers });
    })
    .delete("/access-tokens", (c) => {
      accessTokens.revoke();
      return c.body(null, 204);
    });
