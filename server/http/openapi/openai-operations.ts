// What the routes under /v1 take and may answer: OpenAI's addresses, for its own clients.
import type { FailureCode } from "../../failures/failure.ts";
import { clientSecretBody } from "../operations/client-secrets.ts";
import { keyRequestQuery } from "../operations/ephemeral-key.ts";
import { socketQuery } from "../operations/realtime-socket.ts";
import { body, minting, type Operation, signIn } from "./operation.ts";
import { clientSecretSchema } from "./response-schemas.ts";

const relaying: FailureCode[] = [
  ...(["draining", "path-forbidden", "model-forbidden"] as const),
  ...(["input-flagged", "input-unreadable", "moderation-unavailable"] as const),
  ...(["upstream-refused", "upstream-timeout", "upstream-unavailable"] as const),
  ...(["upstream-limited", "upstream-scope-missing"] as const),
];

const relayed = (methods: readonly string[]): Record<string, Operation> =>
  Object.fromEntries(
    methods.map((method): [string, Operation] => [
      `${method} /v1/*`,
      {
        id: `relay${method[0]}${method.slice(1).toLowerCase()}`,
        summary: "Whatever OpenAI's clients ask for, under a key of the service",
        description:
          "Paths and models are those that the caller's entry of `relay` in broker.yaml opens; the answer is OpenAI's, streamed as it comes. Refusals of OpenAI's that concern the request come with OpenAI's status.",
        open: false,
        pathParameters: { path: "As OpenAI's own API has it: `chat/completions`, `responses`, …" },
        answer: { description: "What OpenAI answered.", content: { "*/*": "text" } },
        relays: true,
        failures: [...signIn, ...body, ...relaying],
      },
    ]),
  );

/** By method and path. */
export const openAiOperations: Record<string, Operation> = {
  "POST /v1/realtime/client_secrets": {
    id: "createClientSecret",
    summary: "Mint a key as OpenAI's own clients do",
    description:
      "The same as /ephemeral-key, in the shape of OpenAI's address: the profile decides what the session is, and how long the key lives at most.",
    open: false,
    query: keyRequestQuery,
    body: clientSecretBody,
    answer: { description: "A fresh key.", content: { "application/json": clientSecretSchema } },
    failures: [...signIn, ...body, ...minting],
  },
  "POST /v1/realtime/calls": {
    id: "startCall",
    summary: "Start a call: the browser's SDP offer for OpenAI's answer",
    description:
      "Takes the bare offer (`application/sdp`), or a form with `sdp` and `session`. The profile decides what the session is, as with /ephemeral-key; the answer's `Location` ends with the call's id.",
    open: false,
    query: keyRequestQuery,
    answer: { description: "OpenAI's SDP answer.", content: { "application/sdp": "text" } },
    status: 201,
    relays: true,
    failures: [...signIn, ...body, ...minting],
  },
  "GET /v1/realtime": {
    id: "openRealtimeSocket",
    summary: "A Realtime session over a WebSocket",
    description:
      "The profile decides what the session is, as with /ephemeral-key; OpenAI's events pass unchanged, so the caller sees the session's instructions and tools in `session.created`. The token may also come as the subprotocol `openai-insecure-api-key.TOKEN`, as browsers must send it. The WebSocket is cut within a second of the token's end.",
    open: false,
    query: socketQuery,
    answer: { description: "The WebSocket opens.", content: {} },
    status: 101,
    failures: [...signIn, ...minting, "upgrade-required"],
  },
  ...relayed(["GET", "POST", "PUT", "PATCH", "DELETE"]),
};
