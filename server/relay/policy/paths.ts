// Which of OpenAI's addresses may be relayed: what a rule's `paths` mean, and what no rule can open. Pure.

/**
 * What `inference` stands for: answers to what the request itself brings along. One by one, so that an address that OpenAI
 * adds tomorrow is closed until somebody has read what it does. A response is shown to those who know its id: nothing lists
 * them, and whoever knows one can continue it by `previous_response_id` as well.
 */
const inference = [
  "POST /v1/chat/completions",
  "POST /v1/completions",
  "POST /v1/responses",
  "POST /v1/responses/compact",
  "POST /v1/responses/input_tokens",
  "GET /v1/responses/:response",
  "DELETE /v1/responses/:response",
  "POST /v1/responses/:response/cancel",
  "GET /v1/responses/:response/input_items",
  "POST /v1/embeddings",
  "POST /v1/moderations",
  "POST /v1/images/generations",
  "POST /v1/images/edits",
  "POST /v1/images/variations",
  "POST /v1/audio/speech",
  "POST /v1/audio/transcriptions",
  "POST /v1/audio/translations",
  "GET /v1/models",
  "GET /v1/models/:model",
];

/** What the names in `inference` may be. */
const named: Readonly<Record<string, RegExp>> = { response: /^resp_[\w-]+$/, model: /^[\w.:@-]+$/ };

/** Uploads that name no model: they may be larger than what is kept to be read. */
const withoutModel = /^\/v1\/(?:containers|files|skills|uploads|vector_stores)(?:\/|$)/;

/** Where a request that names no model is answered with one that OpenAI chooses. */
const needsModel =
  /^\/v1\/(?:chat\/completions|completions|responses(?:\/compact)?|embeddings|images\/\w+|audio\/\w+)$/;

const PLAIN = /^\/v1(?:\/(?!\.{1,2}(?:\/|$))[\w.:~@-]{1,256})+$/;
const PATTERN = /^(?:(?:\*|GET|POST|PUT|PATCH|DELETE) )?\/v1(?:\/[\w.:~@-]+)*(?:\/\*)?$/;

/**
 * The path, if it can be read in one way only: nothing encoded, no dots that lead upwards. Whatever OpenAI's servers make
 * of another, it might be something that a rule forbids.
 */
export const plainPath = (path: string): string | undefined => (PLAIN.test(path) ? path : undefined);

/** Whether it is one of the entries that `paths` takes: `inference`, or a path with an optional method before it. */
export const isPathPattern = (text: string): boolean => text === "inference" || PATTERN.test(text);

/** Words that name the account, its keys, its people or its money wherever they stand in a segment. */
const accountWords =
  /organi[sz]ation|project|account|apikey|admin|audit|billing|certificate|credential|dashboard|federation|identity|invit|invoice|login|oauth|password|permission|provision|retention|secret|spend|subscription|vault|webhook/;
/** Words that do so as a whole segment, and the voice sessions, which have routes and rules of their own. */
const accountNames =
  /^(?:calls?|costs?|credit\w*|external(?:keys|storage)|groups?|keys?|live|me|members?|people|quotas?|ratelimits?|realtime\w*|roles?|safety|servicetier\w*|teams?|usages?|users?|workspaces?)$/;

/** Whether any part of the path belongs to the account rather than to a model, whatever stands before or after it. */
export const isNeverOpen = (path: string): boolean => {
  // What follows `.` or `:` may be read as an ending or a verb: `users.json`, `keys:rotate`.
  const names = path.split("/").map((segment) => segment.split(/[.:~@]/, 1)[0] ?? "");
  // Ids have digits, and may spell anything; addresses have none.
  const words = names.map((name) => (/\d/.test(name) ? "" : name.replaceAll(/[-_]/g, "").toLowerCase()));
  // A ChatKit session is answered with a client secret.
  const mintsSecret = words.some((word, index) => word === "chatkit" && words[index + 1] === "sessions");
  return mintsSecret || words.some((word) => accountWords.test(word) || accountNames.test(word));
};

/** Whether all that an entry could open is what no rule can open. */
export const isNeverRelayed = (pattern: string): boolean =>
  pattern !== "inference" && isNeverOpen(pattern.replace(/^\S+ /, ""));

/** Tells whether a rule with such `paths` opens a path, which must be a plain one. */
export const openedBy = (patterns: readonly string[]): ((method: string, path: string) => boolean) => {
  const all = patterns.flatMap((pattern) =>
    pattern === "inference" ? inference.map(byName) : [byStart(pattern)],
  );
  return (method, path) =>
    all.some(({ verb, fits }) => (verb === "*" || verb === method) && fits(path)) && !isNeverOpen(path);
};

interface Opening {
  verb: string;
  fits(path: string): boolean;
}

/** An operator's entry: a path, or with a `*` at its end all that is beneath it. */
const byStart = (pattern: string): Opening => {
  const { verb, address } = partsOf(pattern);
  const start = address.endsWith("/*") ? address.slice(0, -1) : undefined;
  return { verb, fits: (path) => (start === undefined ? path === address : path.startsWith(start)) };
};

/** One of ours, in which `:response` and `:model` stand for one segment. */
const byName = (pattern: string): Opening => {
  const { verb, address } = partsOf(pattern);
  if (!address.includes(":")) return { verb, fits: (path) => path === address };
  const wanted = address.split("/");
  const fits = (path: string): boolean => {
    const segments = path.split("/");
    return (
      segments.length === wanted.length &&
      wanted.every((each, index) => {
        const segment = segments[index] ?? "";
        return each.startsWith(":") ? named[each.slice(1)]?.test(segment) === true : each === segment;
      })
    );
  };
  return { verb, fits };
};

const partsOf = (pattern: string): { verb: string; address: string } => {
  const [, verb = "*", address = ""] = /^(?:(\S+) )?(.+)$/.exec(pattern) ?? [];
  return { verb, address };
};

/** Where a model answers to, says, draws or goes on with the texts of the request itself. */
const readByModel =
  /^\/v1\/(?:chat\/completions|completions|responses(?:\/compact|\/input_tokens)?|images\/(?:generations|edits|variations)|audio\/(?:speech|transcriptions|translations)|videos(?:\/(?:edits|extensions|[\w-]+\/remix))?)$/;
/** Where no model answers: vectors, the check itself, an end, and what is only put aside until a request refers to it. */
const readByNone = /^\/v1\/(?:embeddings|moderations|responses\/[\w-]+\/cancel)$/;

/** Who reads the texts that are sent there: `unknown` where nothing here can tell. */
export const readerOf = (path: string): "model" | "none" | "unknown" => {
  if (readByModel.test(path)) return "model";
  return readByNone.test(path) || namesNoModel(path) ? "none" : "unknown";
};

export const namesNoModel = (path: string): boolean => withoutModel.test(path);

export const mustNameModel = (method: string, path: string): boolean =>
  method === "POST" && needsModel.test(path);
