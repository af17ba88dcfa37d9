// Which of OpenAI's addresses may be relayed: what a rule's `paths` mean, and what no rule can open. Pure.

/** What `inference` stands for: answers to what the request itself brings along. Nothing that lists what others left. */
const inference = [
  "POST /v1/chat/completions",
  "POST /v1/completions",
  "POST /v1/responses",
  "* /v1/responses/*",
  "POST /v1/embeddings",
  "POST /v1/moderations",
  "POST /v1/images/*",
  "POST /v1/audio/*",
  "GET /v1/models",
  "GET /v1/models/*",
];

/** The account, its keys, its people and its money; and the voice sessions, which have routes and rules of their own. */
const never =
  /^\/v1\/(?:organizations?|projects?|dashboard|admin|account|api[-_]?keys?|audit_logs|billing|certificates|costs|credit\w*|invites?|keys?|login|me|realtime|subscriptions?|usage|users?|webhooks?)(?:\/|$)|\/permissions(?:\/|$)/i;

/** Uploads that name no model: they may be larger than what is kept to be read. */
const withoutModel = /^\/v1\/(?:containers|files|skills|uploads|vector_stores)(?:\/|$)/;

/** Where a request that names no model is answered with one that OpenAI chooses. */
const needsModel = /^\/v1\/(?:chat\/completions|completions|responses|embeddings|images\/\w+|audio\/\w+)$/;

const PLAIN = /^\/v1(?:\/(?!\.{1,2}(?:\/|$))[\w.:~@-]{1,256})+$/;
const PATTERN = /^(?:(?:\*|GET|POST|PUT|PATCH|DELETE) )?\/v1(?:\/[\w.:~@-]+)*(?:\/\*)?$/;

/**
 * The path, if it can be read in one way only: nothing encoded, no dots that lead upwards. Whatever OpenAI's servers make
 * of another, it might be something that a rule forbids.
 */
export const plainPath = (path: string): string | undefined => (PLAIN.test(path) ? path : undefined);

/** Whether it is one of the entries that `paths` takes: `inference`, or a path with an optional method before it. */
export const isPathPattern = (text: string): boolean => text === "inference" || PATTERN.test(text);

/** Whether all that an entry could open is what no rule can open. */
export const isNeverRelayed = (pattern: string): boolean => never.test(pattern.replace(/^\S+ /, ""));

/** Tells whether a rule with such `paths` opens a path, which must be a plain one. */
export const openedBy = (patterns: readonly string[]): ((method: string, path: string) => boolean) => {
  const all = patterns.flatMap((pattern) => (pattern === "inference" ? inference : [pattern]));
  const entries = all.map((pattern) => {
    const [, verb = "*", address = ""] = /^(?:(\S+) )?(.+)$/.exec(pattern) ?? [];
    return { verb, address, start: address.endsWith("/*") ? address.slice(0, -1) : undefined };
  });
  return (method, path) =>
    entries.some(
      ({ verb, address, start }) =>
        (verb === "*" || verb === method) &&
        (start === undefined ? path === address : path.startsWith(start)),
    ) && !never.test(path);
};

export const namesNoModel = (path: string): boolean => withoutModel.test(path);

export const mustNameModel = (method: string, path: string): boolean =>
  method === "POST" && needsModel.test(path);
