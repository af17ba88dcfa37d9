// Names of teams.
import { expect, it } from "vitest";
import { teamSchema } from "../../../server/auth/team.ts";

it.each(["support", "R&D", "Qualitätssicherung", "/engineering/voice", "Sales EMEA", "販売", "x".repeat(64)])(
  "takes %s for a team",
  (team) => {
    expect(teamSchema.parse(team)).toBe(team);
  },
);

it.each([
  ...["", " ", "support ", " support", "x".repeat(65), "a\nb", "a\u0000b", "a\u202eb", "a,b", 'a"b', "<b>"],
  // A spreadsheet would calculate with these.
  ...["=1+1", "+1", "-1", "@sum"],
  ...[7, null, ["support"], { name: "support" }],
])("takes %j for none", (team) => {
  expect(teamSchema.safeParse(team).success).toBe(false);
});
