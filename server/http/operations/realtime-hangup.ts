// POST /v1/realtime/calls/<id>/hangup: ends a supervised call, as OpenAI's own address does.
import type { VoiceSession } from "../../sessions/session.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { replyOf } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { limitReports } from "../middleware/limits.ts";
import { resolveOwnCall } from "../middleware/own-call.ts";
import { operation } from "../operation.ts";

/** It ends within a second, on whichever replica it is; one that has ended already is no mistake. */
export const realtimeHangup = operation({
  routes: { "POST /v1/realtime/calls/:id/hangup": "hangUpCall" },
  summary: "End a call",
  description:
    "Ends a supervised call of the caller's own. Its page shows the `grant` that came with the ticket in place of credentials. Calls of profiles that are not supervised are OpenAI's alone, and not known here.",
  pathParameters: { id: "OpenAI's id of the call, `rtc_…`, which ends the `Location` of its answer." },
  answer: replyOf("The call ends.", {}),
  failures: ["store-unavailable"],
})
  .step(acceptWork)
  .step(resolveOwnCall)
  .step(limitReports)
  .handle(
    async ({ session }: { session: VoiceSession }, { sessions }: { sessions: Pick<Sessions, "end"> }) => {
      await sessions.end({ ids: [session.id] }, "hung-up");
      return { headers: { "cache-control": "no-store" }, body: undefined };
    },
  );
