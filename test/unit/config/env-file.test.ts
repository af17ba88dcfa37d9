// Variables from `.env` beside broker.yaml.
import { expect, it } from "vitest";
import { withEnvFile } from "../../../server/config/env-file.ts";

const files = (paths: Record<string, string>) => (path: string) => paths[path];

it("adds variables, and leaves those of the environment, be they empty", () => {
  const read = files({ ".env": 'A=file\nB=file # why\nexport C="two words"\nD=file\n' });
  expect(withEnvFile({ A: "real", D: "" }, read)).toEqual({
    env: { A: "real", B: "file", C: "two words", D: "" },
    envFile: ".env",
  });
});

it("stands beside the file that BROKER_CONFIG names", () => {
  const read = files({ "/etc/voice/.env": "A=1", ".env": "A=2" });
  const env = { BROKER_CONFIG: "/etc/voice/broker.yaml" };
  expect(withEnvFile(env, read)).toEqual({ env: { ...env, A: "1" }, envFile: "/etc/voice/.env" });
});

it("may begin with a byte order mark", () => {
  expect(withEnvFile({}, files({ ".env": "\uFEFFA=1\n" })).env).toEqual({ A: "1" });
});

it("in UTF-16 is a problem, not a file without variables", () => {
  const utf16 = Buffer.from("\uFEFFA=1\n", "utf16le").toString("utf8");
  expect(() => withEnvFile({}, files({ ".env": utf16 }))).toThrow(".env: must be UTF-8 text");
});

it("need not be there", () => {
  expect(withEnvFile({ A: "real" }, files({}))).toEqual({ env: { A: "real" }, envFile: undefined });
});
