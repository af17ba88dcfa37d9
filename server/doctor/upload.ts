// How large a body may pass what stands in front.
import { about } from "./about.ts";
import type { Check } from "./finding.ts";
import type { HttpProbe } from "./http-probe.ts";

export interface UploadPorts {
  url: string;
  probe: HttpProbe;
}

/** OpenAI takes audio of this size. */
const MEGABYTES = 25;

/** Announces a body, and sends none: who refuses its size does so at once. The address takes no POST, so nothing happens. */
export const uploadCheck = ({ url, probe }: UploadPorts): Check => ({
  ...{ id: "upload", title: "Upload size", group: "In front", needs: ["public"] },
  run: async (signal) => {
    const on = about(url);
    const headers = {
      ...{ expect: "100-continue", "content-type": "application/octet-stream" },
      "content-length": String(MEGABYTES * 1_000_000),
    };
    const { status } = await probe({ method: "POST", url: `${url}/doctor/arrival`, headers, signal });
    if (status !== 413) return [on.ok("upload", `takes bodies of ${MEGABYTES} MB`)];
    return [
      on.fault(
        "upload.limit",
        `refuses bodies of ${MEGABYTES} MB`,
        "What stands in front has a limit of its own (nginx: 1 MB by default): audio and images for OpenAI are refused with its 413.",
        "nginx: client_max_body_size 0; the service limits bodies itself.",
      ),
    ];
  },
});
