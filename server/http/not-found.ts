// What is answered where no row of the table fits: a wrong method is told apart from a wrong address.
import { Failure } from "../failure.ts";
import type { BrokerContext } from "./context.ts";
import { operations } from "./operations.ts";

/** Throws `method-not-allowed`, with the methods that work here, or `not-found`. */
export const refuseUnknown = (c: BrokerContext): never => {
  const allowed = methodsAt(c.req.path);
  if (allowed.length === 0) throw new Failure("not-found");
  const allow = allowed.join(", ");
  throw new Failure("method-not-allowed", `This address answers ${allow}.`, { headers: { allow } });
};

const methodsAt = (path: string): string[] => {
  const rows = Object.keys(operations).map((key) => key.split(" "));
  const exact = rows.filter(([, route]) => route === path);
  const oneSegment = path.lastIndexOf("/") === 0 && path.length > 1;
  const fitting =
    exact.length > 0 || !oneSegment ? exact : rows.filter(([, route]) => route === "/:toolName");
  return fitting.map(([method = ""]) => method);
};
