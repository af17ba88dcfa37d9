// A GPT-Live session as OpenAI echoes it, and the few parts that `session.update` may change.
import type { SessionResource } from "openai/resources/live/live";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";
import { liveModels } from "../session/models.ts";
import type { Tool, ToolChoice } from "../session/session-schema.ts";
import {
  type LiveSessionRequest,
  liveSession,
  liveUpdate,
  type ResponsesDelegation,
} from "./session-schema.ts";

/** The session as it is now. */
export interface LiveState extends LiveSessionRequest {
  id: string;
  /** Unix seconds. */
  expiresAt: number;
}

/** Throws OpenAI's 404 for a model that starts no GPT-Live session. */
export const checkModel = (model: string): void => {
  if (liveModels.includes(model)) return;
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  throw new OpenAiError(404, "model_not_found", message, "session.model");
};

// The questions of decisions were not looked at: a test compares every event with OpenAI's description.
/** The `session` of `session.started`, `.updated` and `.closed`. */
export const resourceOf = ({ expiresAt, safety_identifier: _, ...session }: LiveState): SessionResource =>
  ({
    ...session,
    audio: { output: { voice: session.audio?.output?.voice ?? "marin" } },
    store: session.store ?? false,
    expires_at: Math.round(expiresAt),
    status: "active",
  }) as unknown as SessionResource;

/** The session after a `session.update`; throws the content of the `error` event. */
export const updateState = (state: LiveState, given: unknown): LiveState => {
  const fixed = Object.keys(typeof given === "object" && given !== null ? given : {}).find(
    (field) => field in liveSession.shape && !(field in liveUpdate.shape),
  );
  if (fixed !== undefined) throw immutable(`session.${fixed}`);
  const { delegation, triggers } = accept(liveUpdate, given, "session");
  const updated = triggers === undefined ? state : { ...state, triggers };
  if (delegation === undefined) return updated;
  const current = state.delegation ?? { type: "client" as const };
  if ((delegation ?? { type: "client" }).type !== current.type) throw immutable("session.delegation.type");
  if (delegation === null) return updated;
  if (current.type === "responses" && delegation.type === "responses") {
    const responses = { ...current.responses, ...present(delegation.responses ?? {}) };
    return { ...updated, delegation: { ...current, ...present(delegation), responses } };
  }
  if (current.type === "decisions" && delegation.type === "decisions") {
    const decisions = { ...current.decisions, ...present(delegation.decisions ?? {}) };
    return { ...updated, delegation: { ...current, ...present(delegation), decisions } };
  }
  return { ...updated, delegation: { ...current, ...present(delegation) } as LiveState["delegation"] };
};

/** The configuration of the model behind the voice, where there is one. */
export const responsesOf = ({ delegation }: LiveState): ResponsesDelegation | undefined =>
  delegation?.type === "responses" ? delegation.responses : undefined;

/** The functions it may call, and its choice, as the script's prompter reads them. */
export const toolsOf = (
  responses: ResponsesDelegation | undefined,
): { tools: Tool[]; toolChoice: ToolChoice } => {
  const tools = (responses?.tools ?? []).flatMap((tool): Tool[] => {
    if (tool.type !== "function" || !("name" in tool) || typeof tool.name !== "string") return [];
    return [{ type: "function", name: tool.name, parameters: parametersOf(tool.parameters) }];
  });
  const choice = responses?.tool_choice ?? "auto";
  if (typeof choice === "string") return { tools, toolChoice: choice };
  const isNamed = choice.type === "function" && typeof choice.name === "string";
  return { tools, toolChoice: isNamed ? { type: "function", name: String(choice.name) } : "auto" };
};

const parametersOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};

const immutable = (param: string): OpenAiError =>
  new OpenAiError(
    400,
    "immutable_field_update",
    `The field '${param}' is fixed when the session starts.`,
    param,
  );

const present = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
