// Judges every event the emulator sends: by OpenAI's own description, and by the schemas of the Agents SDK.
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { parseRealtimeEvent } from "../../node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.js";
import description from "./openai-events.json" with { type: "json" };

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
// A time stamp is an integer; OpenAI names a format of its own for it.
ajv.addFormat("unixtime", true);
ajv.addSchema({ $id: "openai", $defs: description.$defs });

const names: Record<string, string> = description.events;

/** What is wrong with an event; empty when nothing is. */
export const faultsOf = (event: Record<string, unknown>): string[] => {
  const type = String(event.type);
  const name = names[type];
  if (!name) return [`${type}: not in OpenAI's description`];
  const schema = ajv.getSchema(`openai#/$defs/${name}`);
  if (!schema) throw new Error(`no schema ${name}`);
  // Only in a session: OpenAI's examples send null for what is not set, where its description knows no null.
  const judged = type.startsWith("session.") ? withoutNulls(event) : event;
  const described = schema(judged)
    ? []
    : (schema.errors ?? []).map((e) => `${type}${e.instancePath}: ${e.message}`);
  const { isGeneric } = parseRealtimeEvent(new MessageEvent("message", { data: JSON.stringify(event) }));
  return isGeneric ? [...described, `${type}: refused by the Agents SDK`] : described;
};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]));
};
