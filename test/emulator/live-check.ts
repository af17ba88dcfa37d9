// Judges what the emulator sends in a GPT-Live session, by the types of OpenAI's own package as JSON schemas.
import { Ajv2020 } from "ajv/dist/2020.js";
import description from "./live-events.json" with { type: "json" };

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: "live", $defs: description.$defs });

const names: Record<string, string> = description.events;
const members = (name: string): string[] => {
  const schema = Reflect.get(description.$defs, name) as { properties?: object };
  return Object.keys(schema.properties ?? {});
};

const judge = (name: string, value: unknown): string[] => {
  const schema = ajv.getSchema(`live#/$defs/${name}`);
  if (!schema) throw new Error(`no schema ${name}`);
  return schema(value) ? [] : (schema.errors ?? []).map((e) => `${name}${e.instancePath}: ${e.message}`);
};

/** What is wrong with a server event; empty when nothing is. */
export const faultsOf = (event: Record<string, unknown>): string[] => {
  const name = names[String(event.type)];
  if (!name) return [`${String(event.type)}: not in OpenAI's description`];
  const unknown = Object.keys(event).filter((member) => !members(name).includes(member));
  return [...judge(name, event), ...unknown.map((member) => `${name}: ${member} is not in it`)];
};

/** What is wrong with the answer of `POST /v1/live/sessions`. */
export const answerFaults = (answer: unknown): string[] => judge("LiveCreateResponse", answer);
