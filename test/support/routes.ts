// The rows of the table of operations.
import { operations } from "../../server/app.ts";
import type { Operation } from "../../server/http/operation.ts";

const all: readonly Operation<never>[] = operations;

/** `GET /ephemeral-key`, … */
export const routes: readonly string[] = all.flatMap((operation) => Object.keys(operation.routes));
