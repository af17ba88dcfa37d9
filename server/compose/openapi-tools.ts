// Loads the tools of `openapi` in broker.yaml. Each load reads the descriptions anew.
import { isSameValue } from "../config/changes.ts";
import type { Config } from "../config/load.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { httpTool } from "../tools/http-tool.fetch.ts";
import { checkablePart } from "../tools/openapi/checkable.ts";
import { readOpenApi } from "../tools/openapi/document.io.ts";
import { openApiTools } from "../tools/openapi/operations.ts";
import type { OpenApiSource } from "../tools/openapi/source.ts";
import type { Tool } from "../tools/tool.ts";

interface Ports {
  fetch: typeof globalThis.fetch;
  log: Log;
}

/** What a load finds, and what is wrong with it. */
export interface FoundTools {
  tools: readonly Tool[];
  problems: readonly string[];
}

interface LoadedApi extends FoundTools {
  source: OpenApiSource;
}

export interface LoadedApis extends FoundTools {
  /** Remembers them, for a load that cannot read a description. */
  use(): void;
}

export const createApiLoader = ({ fetch, log }: Ports, closing: AbortSignal) => {
  let inUse: readonly LoadedApi[] = [];
  const load = async (source: OpenApiSource, index: number, folder: string): Promise<LoadedApi> => {
    const { document: place } = source;
    try {
      const document = await readOpenApi(place, folder, fetch, closing);
      const { tools, problems } = openApiTools(document, source, place);
      return {
        source,
        tools: tools.map(({ name, config }) =>
          httpTool(name, config, fetch, checkablePart(config.parameters)),
        ),
        problems: problems.map((problem) => `openapi[${index}].operations: ${problem}`),
      };
    } catch (error) {
      // Where the entry is as it was, a server that is down keeps no other change from taking effect.
      const before = inUse.find((api) => isSameValue(api.source, source));
      if (before) {
        log.write("warn", "openapi-document-kept", { document: place, cause: describeCause(error) });
        return before;
      }
      return { source, tools: [], problems: [`openapi[${index}].document: ${place}: ${reasonOf(error)}`] };
    }
  };
  return async ({ openapi }: Config, folder: string): Promise<LoadedApis> => {
    const apis = await Promise.all(openapi.map((source, index) => load(source, index, folder)));
    return {
      tools: apis.flatMap(({ tools }) => tools),
      problems: apis.flatMap(({ problems }) => problems),
      use: () => {
        inUse = apis;
      },
    };
  };
};

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error instanceof Error ? error.message.split("\n", 1)[0] + cause : String(error);
};
