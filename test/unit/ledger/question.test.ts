// Questions about usage, as they are written.
import { expect, it } from "vitest";
import { QuestionError, questionFields, readQuestion } from "../../../server/ledger/question.ts";

const NOW = Date.UTC(2026, 10, 21, 14, 30);
const read = (fields: Record<string, string> = {}) => readQuestion(questionFields.parse(fields), NOW);
const range = (fields: Record<string, string>) => {
  const { since, until } = read(fields);
  return [since, until].map((at) => new Date(at).toISOString());
};

it("asks for all of the last seven days where nothing is said", () => {
  expect(read()).toEqual({
    ...{ since: Date.UTC(2026, 10, 14), until: NOW, by: [], period: undefined, timeZone: "UTC", where: {} },
  });
});

it.each([
  [{ since: "24h" }, "2026-11-20T14:30:00.000Z", "2026-11-21T14:30:00.000Z"],
  [{ since: "90m" }, "2026-11-21T13:00:00.000Z", "2026-11-21T14:30:00.000Z"],
  [{ since: "2w" }, "2026-11-07T00:00:00.000Z", "2026-11-21T14:30:00.000Z"],
  [{ since: "0d" }, "2026-11-21T00:00:00.000Z", "2026-11-21T14:30:00.000Z"],
  [{ since: "2026-11-01", until: "2026-11-02" }, "2026-11-01T00:00:00.000Z", "2026-11-02T23:59:59.999Z"],
  [{ since: "2026-02", until: "2026-02" }, "2026-02-01T00:00:00.000Z", "2026-02-28T23:59:59.999Z"],
  [
    { since: "2026-11-01", until: "2026-11-01", time_zone: "Europe/Vienna" },
    "2026-10-31T23:00:00.000Z",
    "2026-11-01T22:59:59.999Z",
  ],
  [{ since: "2026-11-01T12:00:00+01:00" }, "2026-11-01T11:00:00.000Z", "2026-11-21T14:30:00.000Z"],
])("%j is from %s to %s", (fields, since, until) => {
  expect(range(fields as Record<string, string>)).toEqual([since, until]);
});

it("groups and filters by what is named", () => {
  expect(read({ by: "user,model,user", period: "day", team: "red", tool: "" })).toMatchObject({
    ...{ by: ["user", "model"], period: "day", where: { team: ["red"], tool: [""] } },
  });
});

it.each([
  [{ since: "soon" }, "since", /must be 24h, 7d/],
  [{ since: "2026-02-31" }, "since", /must be/],
  [{ since: "2026-11-01 12:00" }, "since", /must be/],
  [{ until: "2026-13" }, "until", /must be/],
  [{ since: "2026-11-22" }, "since", /is after/],
  [{ since: "99999d" }, "since", /at most 3660 days/],
  [{ since: "200d", period: "hour" }, "period", /at most 100 days/],
  [{ by: "user,modl" }, "by", /did you mean model/],
  [{ time_zone: "Vienna" }, "time_zone", /such as Europe\/Vienna/],
])("%j is refused, and where it is wrong is said", (fields, field, detail) => {
  const refused = () => read(fields as Record<string, string>);
  expect(refused).toThrow(QuestionError);
  expect(refused).toThrow(new RegExp(`^${field}: .*${detail.source}`));
});
