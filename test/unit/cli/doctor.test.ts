// The words of `broker doctor`.
import { expect, it } from "vitest";
import { readDoctor } from "../../../server/cli/doctor.ts";

it("looks at everything by default, sessions too", () => {
  expect(readDoctor([])).toEqual({
    ...{ only: [], page: undefined, url: undefined },
    ...{ withSession: true, isStrict: false, json: false },
  });
});

it("takes names of checks one by one or with commas between", () => {
  expect(readDoctor(["--only", "dns,tls", "--only", "key"]).only).toEqual(["dns", "tls", "key"]);
});

it.each([
  [["now"], "doctor takes no now (see broker --help)"],
  [["--fast"], "Unknown option '--fast' (see broker --help)"],
  [["--only"], "Option '--only <value>' argument missing (see broker --help)"],
  [["--only", ","], "--only: name one check at least (see broker --help)"],
  [["--page", "shop"], "--page: must be an address such as https://voice.example.com (see broker --help)"],
  [
    ["--url", "https://user:secret@host"],
    "--url: must be an address such as https://voice.example.com (see broker --help)",
  ],
])("says what it does not understand of %j", (words, message) => {
  expect(() => readDoctor(words)).toThrow(message);
});
