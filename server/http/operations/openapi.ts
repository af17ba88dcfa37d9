// GET /openapi.json: the service's description with the caller's tools in it.
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import type { Toolbox, ToolListing } from "../../tools/toolbox.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { operation } from "../operation.ts";

export interface DescriptionServices {
  toolbox: Toolbox;
  /** `basePath` is where the caller's address has the service. */
  describeApi(tools: readonly ToolListing[], basePath: string): Record<string, unknown>;
}

/** What `openapi.yaml` says, and a path for each tool that the caller may call. */
export const openApi = operation({
  routes: { "GET /openapi.json": "openApi" },
  summary: "This description, with the tools that the caller may call",
  answer: jsonAnswer("An OpenAPI 3.1 document.", z.unknown()),
})
  .step(acceptWork)
  .step(authenticate)
  .handle(
    (
      { caller, outgoing }: RequestFacts & { caller: Caller },
      { toolbox, describeApi }: DescriptionServices,
    ) => describeApi(toolbox.list(caller), outgoing.basePath),
  );
