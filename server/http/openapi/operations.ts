// What each route takes and may answer: the source of openapi.yaml, next to the table of routes.
import type { FailureCode } from "../../failures/failure.ts";
import { keyRequestBody, keyRequestQuery } from "../operations/ephemeral-key.ts";
import { openAiOperations } from "./openai-operations.ts";
import { body, minting, type Operation, signIn } from "./operation.ts";
import { challengeSchema, ephemeralKeySchema, healthSchema, toolListSchema } from "./response-schemas.ts";

const calling: FailureCode[] = [
  ...(["draining", "not-found", "tool-forbidden", "arguments-invalid"] as const),
  ...(["tool-failed", "tool-answer-too-large", "tool-timeout"] as const),
];

const key: Omit<Operation, "failures" | "id"> = {
  summary: "Mint a short-lived key for a Realtime session",
  description:
    "Fetches one OpenAI Realtime client secret for the caller's profile. Each call mints a new key; none is kept. Until it expires the key can start sessions, so hand it to one page only.",
  open: false,
  query: keyRequestQuery,
  answer: { description: "A fresh key.", content: { "application/json": ephemeralKeySchema } },
};

const toolCall: Omit<Operation, "failures" | "id"> = {
  summary: "Call a tool",
  description:
    "Runs the tool with the given arguments. Query strings are read by the types of the tool's schema; arrays and objects are JSON.",
  open: false,
  pathParameters: { toolName: "The name of a tool that GET /tools lists." },
  anyArguments: true,
  answer: {
    description: "What the tool returned: text when that is a string, JSON otherwise.",
    content: { "application/json": "text", "text/plain": "text" },
  },
};

const asset = (id: string, summary: string, type: string): Operation => ({
  id,
  summary,
  open: true,
  answer: { description: "The file.", content: { [type]: "text" } },
  failures: ["draining", "not-found"],
  notModified: true,
});

/** By method and path, as the table of routes has them. */
export const operations: Record<string, Operation> = {
  "GET /": asset("page", "The voice page", "text/html"),
  "GET /assets/*": {
    ...asset("pageFile", "The voice page's files", "text/javascript"),
    answer: {
      description: "The file.",
      content: { "text/javascript": "text", "text/css": "text", "image/svg+xml": "text" },
    },
  },
  "GET /client.js": asset("clientModule", "The client module for web pages", "text/javascript"),
  "GET /challenge.js": asset(
    "clientChallenge",
    "What the client module loads to solve challenges",
    "text/javascript",
  ),
  "GET /healthz": {
    id: "healthz",
    summary: "Whether the process lives",
    open: true,
    answer: { description: "It lives.", content: { "application/json": healthSchema } },
    unlimited: true,
    failures: [],
  },
  "GET /readyz": {
    id: "readyz",
    summary: "Whether this instance takes work",
    open: true,
    answer: { description: "It does.", content: { "application/json": healthSchema } },
    unlimited: true,
    failures: ["draining"],
  },
  "GET /metrics": {
    id: "metrics",
    summary: "Counters in Prometheus' text format",
    open: false,
    answer: { description: "The counters.", content: { "text/plain": "text" } },
    failures: [...signIn, "metrics-forbidden"],
  },
  "GET /openapi.json": {
    id: "openApi",
    summary: "This description, with the tools that the caller may call",
    open: false,
    answer: { description: "An OpenAPI 3.1 document.", content: { "application/json": "text" } },
    failures: ["draining", ...signIn],
  },
  "GET /problems": {
    id: "listProblems",
    summary: "Every way this service refuses",
    open: true,
    answer: { description: "A page.", content: { "text/html": "text" } },
    failures: [],
  },
  "GET /problems/:code": {
    id: "explainProblem",
    summary: "What one refusal means and what to do",
    open: true,
    pathParameters: { code: "The last part of a problem's `type`." },
    answer: { description: "A page.", content: { "text/html": "text" } },
    failures: ["not-found"],
  },
  "GET /challenge": {
    id: "challenge",
    summary: "A proof of work for guests, where the service asks one",
    description:
      "An ALTCHA challenge (version 2). Its solution is sent as `Authorization: Altcha …`, and lets a guest from the same address in until the challenge expires.",
    open: true,
    answer: { description: "A fresh challenge.", content: { "application/json": challengeSchema } },
    failures: ["draining", "not-found"],
  },
  "GET /tools": {
    id: "listTools",
    summary: "The tools that the caller may call",
    open: false,
    answer: { description: "The tools with their schemas.", content: { "application/json": toolListSchema } },
    failures: ["draining", ...signIn],
  },
  "GET /ephemeral-key": { id: "getEphemeralKey", ...key, failures: [...signIn, ...minting] },
  "POST /ephemeral-key": {
    id: "createEphemeralKey",
    ...key,
    body: keyRequestBody,
    failures: [...signIn, ...body, ...minting],
  },
  ...openAiOperations,
  "GET /:toolName": { id: "callToolByQuery", ...toolCall, failures: [...signIn, ...calling] },
  "POST /:toolName": { id: "callTool", ...toolCall, failures: [...signIn, ...body, ...calling] },
};

/** What every route may answer, whatever its row says. */
export const everywhere: readonly FailureCode[] = [
  "internal",
  "address-too-long",
  "headers-too-large",
  "request-too-slow",
];

/** What every route may answer that limits count. */
export const limited: readonly FailureCode[] = ["limit-exceeded"];
