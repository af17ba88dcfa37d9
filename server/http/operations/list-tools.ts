// GET /tools: the tools that the caller may call.
import type { Caller } from "../../auth/caller.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import { jsonAnswer } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { toolListSchema } from "../openapi/response-schemas.ts";
import { operation } from "../operation.ts";

export const listTools = operation({
  routes: { "GET /tools": "listTools" },
  summary: "The tools that the caller may call",
  answer: jsonAnswer("The tools with their schemas.", toolListSchema),
})
  .step(acceptWork)
  .step(authenticate)
  .handle(({ caller }: { caller: Caller }, { toolbox }: { toolbox: Toolbox }) => ({
    tools: toolbox.list(caller),
  }));
