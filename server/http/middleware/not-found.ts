// What is answered where no row of the table fits: a wrong method is told apart from a wrong address.
import { Failure } from "../../failures/failure.ts";
import type { BrokerContext, Middleware } from "../context.ts";
import { operations } from "../openapi/operations.ts";

const rows = Object.keys(operations).map((key) => {
  const [method = "", route = ""] = key.split(" ");
  const pattern = route.replaceAll(/:\w+/g, "[^/]+").replace("*", ".*");
  return { method, route, pattern: new RegExp(`^${pattern}$`) };
});
const taken = new Set(rows.map(({ route }) => route));

/** Throws `method-not-allowed`, with the methods that work here, or `not-found`. */
export const refuseUnknown = (c: BrokerContext): never => {
  const allowed = methodsAt(c.req.path);
  if (allowed.length === 0) throw new Failure("not-found");
  const allow = allowed.join(", ");
  throw new Failure("method-not-allowed", `This address answers ${allow}.`, { headers: { allow } });
};

/** Keeps a wrong method on another route from being taken for a call of a tool. */
export const refuseTaken: Middleware = function refuseTaken(c, next) {
  if (taken.has(c.req.path)) refuseUnknown(c);
  return next();
};

/** Lets one name alone pass, which may be a tool's, and gives its route that name in log and metrics. */
export const refuseUnlessTool: Middleware = function refuseUnlessTool(c, next) {
  if (taken.has(c.req.path) || c.req.path.indexOf("/", 1) !== -1) refuseUnknown(c);
  c.set("route", "/:toolName");
  return next();
};

const methodsAt = (path: string): string[] => {
  const exact = rows.filter(({ route }) => route === path);
  const fitting = exact.length > 0 ? exact : rows.filter(({ pattern }) => pattern.test(path));
  return fitting.map(({ method }) => method);
};
