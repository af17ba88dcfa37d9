// Fills a configured request with arguments. Pure; arguments reach path segments, query values and JSON values only.
import { Failure } from "../failures/failure.ts";
import { jsonPointer } from "../json/pointer.ts";

type Args = Readonly<Record<string, unknown>>;

export interface RequestTemplate {
  url: string;
  query: Readonly<Record<string, string | number | boolean>>;
  body?: unknown;
}

// A name that JavaScript gives every object, such as `constructor`, is no argument.
const argument = (args: Args, name: string): unknown => (Object.hasOwn(args, name) ? args[name] : undefined);

const PLACEHOLDER = /\{([A-Za-z0-9_-]+)\}/g;

/** The argument names in a template, whatever its shape. */
export const placeholdersIn = (template: unknown): string[] => {
  if (typeof template === "string") return [...template.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
  if (typeof template !== "object" || template === null) return [];
  return Object.values(template).flatMap(placeholdersIn);
};

/** The address to call. Throws `arguments-invalid` for a value that could lead out of its path segment. */
export const fillUrl = (template: RequestTemplate, args: Args): URL => {
  const [, base = "", path = ""] = /^(https?:\/\/[^/]+)(.*)$/.exec(template.url) ?? [];
  const filled = path
    .split("/")
    .map((segment) => fillSegment(segment, args))
    .join("/");
  const url = new URL(base + filled);
  for (const [name, value] of Object.entries(template.query)) {
    for (const text of queryTexts(fillValue(value, args))) url.searchParams.append(name, text);
  }
  return url;
};

const fillSegment = (segment: string, args: Args): string =>
  segment.replaceAll(PLACEHOLDER, (_, name: string) => {
    const text = asText(argument(args, name));
    // Servers differ in what they decode and normalise, so what could split or climb is refused, not encoded.
    if (text === "" || /^\.+$|[/\\%;?#\p{Cc}\p{Cs}]/u.test(text)) {
      const errors = [
        { pointer: jsonPointer([name]), detail: "has a character that an address must not get" },
      ];
      throw new Failure("arguments-invalid", "An argument does not fit into the address.", { errors });
    }
    return encodeURIComponent(text);
  });

const queryTexts = (value: unknown): string[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(asText) : [asText(value)];
};

/** The JSON body to send, or undefined. A value that is just `{argument}` takes the argument as it is. */
export const fillValue = (template: unknown, args: Args): unknown => {
  if (typeof template === "string") {
    const [whole] = template.matchAll(/^\{([A-Za-z0-9_-]+)\}$/g);
    if (whole?.[1] !== undefined) return argument(args, whole[1]);
    return template.replaceAll(PLACEHOLDER, (_, name: string) => asText(argument(args, name)));
  }
  if (Array.isArray(template)) return template.map((part) => fillValue(part, args));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, part]) => [name, fillValue(part, args)]));
};

const asText = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};
