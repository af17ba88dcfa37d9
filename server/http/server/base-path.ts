// The base path: the part of an address below which the service stands, such as /voice.
import { z } from "zod";

/** Its length is bounded, and no part begins with a dot: a path in which `..` is resolved would be another one. */
const BASE_PATH = /^(?:\/[\w~-][\w.~-]*)+$/;

const isBasePath = (text: string): boolean => text.length <= 200 && BASE_PATH.test(text);

/** Without the slash at its end; the empty text where the service has an origin of its own. */
export const basePathSchema = z
  .string()
  .transform((path) => path.replace(/\/$/, ""))
  .refine((path) => path === "" || isBasePath(path), {
    error: "must be / or a path such as /voice, of letters, digits and - . _ ~",
  });

/** How a request reached the service. */
export interface Entrance {
  /** As the caller's address has it. */
  basePath: string;
  /** The address below it. */
  url: string;
  /** Whether the caller asked for the base path itself, without a slash at its end. */
  isBare: boolean;
}

/**
 * Takes the base path off an address; what stands in front may have done so already. `original` is the address before an
 * application took off the path at which it has mounted the service, as Express and Connect tell it; where no base path is
 * configured, that path is the base path.
 */
export const enter = (url: string, configured: string, original = url): Entrance => {
  const { origin, path } = split(url);
  const full = pathOf(split(original).path);
  const basePath = configured || mountPathOf(full, pathOf(path));
  const isBare = basePath !== "" && full === basePath;
  if (basePath === "" || !isBelow(path, basePath)) return { basePath, url, isBare };
  const rest = path.slice(basePath.length);
  return { basePath, url: origin + (rest.startsWith("/") ? rest : `/${rest}`), isBare };
};

// HTTP/1.1 allows a whole URL where the path stands, as it is sent to proxies.
const split = (url: string): { origin: string; path: string } => {
  const [origin = ""] = url.startsWith("/") ? [] : (/^https?:\/\/[^/?]*/i.exec(url) ?? []);
  return { origin, path: url.slice(origin.length) };
};

/** Whether an address is the base path, or below it. `/voices` is not below `/voice`. */
export const isBelow = (url: string, basePath: string): boolean =>
  url.startsWith(basePath) && /^(?:[/?]|$)/.test(url.slice(basePath.length));

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "";

// The application's routes decide what it may be, and a caller has a part in it: what is no base path counts as none.
const mountPathOf = (whole: string, rest: string): string => {
  const isWithin = whole.endsWith(rest);
  const mount = isWithin ? whole.slice(0, whole.length - rest.length) : whole;
  return (isWithin || rest === "/") && isBasePath(mount) ? mount : "";
};
