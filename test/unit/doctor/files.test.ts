// What doctor says of files that others may read.
import { expect, it } from "vitest";
import { filesCheck } from "../../../server/doctor/files.ts";

it("says that there is none to look at, rather than that none is at fault", async () => {
  const file = { path: "broker.yaml", what: "the configuration", isSecret: false };
  const check = filesCheck({ files: [file], look: async () => undefined });
  const [finding] = await check.run(new AbortController().signal);
  expect(finding).toEqual({
    ...{ check: "files", level: "ok", subject: "", title: "there is no file yet that others could read" },
  });
});
