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

it("need not be there", () => {
  expect(withEnvFile({ A: "real" }, files({}))).toEqual({ env: { A: "real" }, envFile: undefined });
});
