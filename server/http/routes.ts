// What the addresses of all operations say together.
import type { Operation } from "./operation.ts";

export interface Routes {
  /** First segments of the addresses. */
  names: ReadonlySet<string>;
  /** Whether a path that matched the pattern `route` is another operation's own address. */
  isTaken(route: string, path: string): boolean;
  /** The methods that are answered at a path. */
  methodsAt(path: string): string[];
}

export const routesOf = (operations: readonly Pick<Operation<never>, "routes">[]): Routes => {
  const rows = operations
    .flatMap(({ routes }) => Object.keys(routes))
    .map((key) => {
      const [method = "", route = ""] = key.split(" ");
      const pattern = route.replaceAll(/:\w+/g, "[^/]+").replace("*", ".*");
      return { method, route, pattern: new RegExp(`^${pattern}$`) };
    });
  const exact = new Set(rows.map(({ route }) => route).filter((route) => !/[:*]/.test(route)));
  return {
    names: new Set(
      rows.map(({ route }) => route.split("/")[1] ?? "").filter((name) => !name.startsWith(":")),
    ),
    isTaken: (route, path) => route !== path && exact.has(path),
    methodsAt: (path) => {
      const own = rows.filter(({ route }) => route === path);
      const fitting = own.length > 0 ? own : rows.filter(({ pattern }) => pattern.test(path));
      return fitting.map(({ method }) => method);
    },
  };
};
