// GET /usage/requests: the newest requests, and the story of one.
import { expect, it } from "vitest";
import { withBooks } from "../support/usage-broker.ts";

type Json = Record<string, unknown>;

it("lists the newest requests and tells the story of one, its causes to operators", () =>
  withBooks(async ({ as }) => {
    const { requests } = (await (await as("olga", "/usage/requests?limit=2")).json()) as { requests: Json[] };
    expect(requests).toHaveLength(2);
    const told = await (await as("olga", "/usage/requests/of-token:bob-relay")).json();
    expect(told).toMatchObject({
      ...{ id: "of-token:bob-relay", user: "token:bob", cost_usd: null, upstream_key: "default" },
      story: {
        cause: "the key was rejected",
        attempts: [{ key: "eu" }],
        why: expect.stringContaining("OpenAI"),
      },
    });
    const own = await as("alice", "/usage/requests/of-token:alice-relay");
    expect(await own.json()).toMatchObject({ user: "token:alice", story: { route: "/v1/*" } });
  }));

it("does not tell a caller whether another's request exists", () =>
  withBooks(async ({ as }) => {
    const answers = await Promise.all(
      ["of-token:bob-relay", "none", "x%27%3b--"].map((id) => as("alice", `/usage/requests/${id}`)),
    );
    const told = await Promise.all(answers.map(async (each) => (await each.json()) as Json));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(new Set(told.map(({ type, detail }) => `${type} ${detail}`)).size).toBe(1);
  }));
