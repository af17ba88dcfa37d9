// Which of OpenAI's paths a rule opens, and which no rule can open. Pure.

/**
 * What `inference` stands for: answers to the request itself. Listed one by one, so that a path that OpenAI adds later is
 * closed until it has been reviewed. A stored response is open to callers who know its id: no path lists the ids, and who
 * knows one can also continue the response with `previous_response_id`.
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

/** The values that `:response` and `:model` take. */
const parameters: Readonly<Record<string, RegExp>> = { response: /^resp_[\w-]+$/, model: /^[\w.:@-]+$/ };

/** Uploads that name no model: they may be larger than the largest buffered body. */
const withoutModel = /^\/v1\/(?:containers|files|skills|uploads|vector_stores)(?:\/|$)/;

/** Paths at which OpenAI chooses a model for a request that names none. */
const needsModel =
  /^\/v1\/(?:chat\/completions|completions|responses(?:\/compact)?|embeddings|images\/\w+|audio\/\w+)$/;

const PLAIN = /^\/v1(?:\/(?!\.{1,2}(?:\/|$))[\w.:~@-]{1,256})+$/;
const PATTERN = /^(?:(?:\*|GET|POST|PUT|PATCH|DELETE) )?\/v1(?:\/[\w.:~@-]+)*(?:\/\*)?$/;

/**
 * The path, if it can be read in one way only: nothing encoded, no `.` or `..`. OpenAI's servers might read another one as a
 * path that the rule forbids.
 */
export const plainPath = (path: string): string | undefined => (PLAIN.test(path) ? path : undefined);

/** Whether `paths` takes this entry: `inference`, or a path with or without a method before it. */
export const isPathPattern = (text: string): boolean => text === "inference" || PATTERN.test(text);

/** Words for the account, its keys, people or money, anywhere in a segment. */
const accountWords =
  /organi[sz]ation|project|account|apikey|admin|audit|billing|certificate|credential|dashboard|federation|identity|invit|invoice|login|oauth|password|permission|provision|retention|secret|spend|subscription|vault|webhook/;
/** Words for them as a whole segment, and voice sessions, which have routes and rules of their own. */
const accountNames =
  /^(?:calls?|costs?|credit\w*|external(?:keys|storage)|groups?|keys?|live|me|members?|people|quotas?|ratelimits?|realtime\w*|roles?|safety|servicetier\w*|teams?|usages?|users?|workspaces?)$/;

/** Whether any segment of the path belongs to the account: no rule can open it. An entry may have a method before its path. */
export const isNeverOpen = (path: string): boolean => {
  // The part after `.` or `:` may be a file type or a verb: `users.json`, `keys:rotate`.
  const names = path.split("/").map((segment) => segment.split(/[.:~@]/, 1)[0] ?? "");
  // Ids have digits, and may spell any word; OpenAI's own segments have none.
  const words = names.map((name) => (/\d/.test(name) ? "" : name.replaceAll(/[-_]/g, "").toLowerCase()));
  // The answer to a ChatKit session is a client secret.
  const mintsSecret = words.some((word, index) => word === "chatkit" && words[index + 1] === "sessions");
  return mintsSecret || words.some((word) => accountWords.test(word) || accountNames.test(word));
};

/** Tells whether a rule with these `paths` opens a path, which must be a plain one. */
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

/** An operator's entry: one path, or with a `*` at its end all paths beneath it. */
const byStart = (pattern: string): Opening => {
  const { verb, address } = partsOf(pattern);
  const start = address.endsWith("/*") ? address.slice(0, -1) : undefined;
  return { verb, fits: (path) => (start === undefined ? path === address : path.startsWith(start)) };
};

/** An entry of `inference`, in which `:response` and `:model` stand for one segment. */
const byName = (pattern: string): Opening => {
  const { verb, address } = partsOf(pattern);
  if (!address.includes(":")) return { verb, fits: (path) => path === address };
  const expected = address.split("/");
  const fits = (path: string): boolean => {
    const segments = path.split("/");
    return (
      segments.length === expected.length &&
      expected.every((each, index) => {
        const segment = segments[index] ?? "";
        return each.startsWith(":") ? parameters[each.slice(1)]?.test(segment) === true : each === segment;
      })
    );
  };
  return { verb, fits };
};

const partsOf = (pattern: string): { verb: string; address: string } => {
  const [address = "", verb = "*"] = pattern.split(" ").toReversed();
  return { verb, address };
};

/** Paths at which a model reads the texts of the request. */
const readByModel =
  /^\/v1\/(?:chat\/completions|completions|responses(?:\/compact|\/input_tokens)?|images\/(?:generations|edits|variations)|audio\/(?:speech|transcriptions|translations)|videos(?:\/(?:edits|extensions|[\w-]+\/remix))?)$/;
/** Paths at which no model answers: embeddings, moderation itself, cancelling. */
const readByNone = /^\/v1\/(?:embeddings|moderations|responses\/[\w-]+\/cancel)$/;

/** What reads the texts that are sent to a path: `unknown` for paths that an operator has opened by themselves. */
export const readerOf = (path: string): "model" | "none" | "unknown" => {
  if (readByModel.test(path)) return "model";
  return readByNone.test(path) || namesNoModel(path) ? "none" : "unknown";
};

export const namesNoModel = (path: string): boolean => withoutModel.test(path);

export const mustNameModel = (method: string, path: string): boolean =>
  method === "POST" && needsModel.test(path);

/** The model that a request names where its answer vouches for the name. Elsewhere OpenAI reads none, and a caller may have invented it. */
export const vouchedModel = (
  { method, path }: { method: string; path: string },
  model: string | undefined,
): string | undefined => (mustNameModel(method, path) ? model : undefined);
