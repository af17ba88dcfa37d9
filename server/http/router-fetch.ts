// What the server asks for an answer: the router, whose own answers must not be written twice.
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import type { BrokerEnv } from "./run.ts";

/**
 * The router as the server asks it. Operations write their answers themselves: what the router makes of it, for HEAD and for unknown
 * addresses a response of its own, must not be written again.
 */
export const fetchOver =
  (router: Hono<BrokerEnv>) =>
  (request: Request, env: BrokerEnv["Bindings"]): Response | Promise<Response> => {
    const response = router.fetch(request, env);
    return response instanceof Promise
      ? response.then((later) => unwritten(later, env))
      : unwritten(response, env);
  };

const unwritten = (response: Response, { outgoing }: BrokerEnv["Bindings"]): Response => {
  const { headersSent, destroyed, hasSwitched } = outgoing;
  return headersSent || destroyed || hasSwitched ? RESPONSE_ALREADY_SENT : response;
};
