// Service accounts and keys under /v1/organization/projects/…, for admin keys.
import { type Context, Hono } from "hono";
import { z } from "zod";
import { readJson } from "../http/body.ts";
import { accept } from "../http/refusal.ts";
import { adminKey } from "./credentials.ts";
import type { ProjectKey, ProjectKeys, ServiceAccount } from "./project-keys.ts";

const newAccount = z.strictObject({
  name: z.string().min(1),
  create_service_account_only: z.boolean().nullish(),
  expires_in_seconds: z.number().int().nullish(),
});
const newKey = z.strictObject({
  name: z.string().min(1).optional(),
  scopes: z.array(z.string()).optional(),
  expires_in_seconds: z.number().int().nullish(),
});
const page = z.looseObject({
  after: z.string().optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
});

const ACCOUNTS = "/projects/:project/service_accounts";
const KEYS = "/projects/:project/api_keys";

export const projectRoutes = (keys: ProjectKeys) => {
  const app = new Hono();
  app.use("/projects/*", async (c, next) => {
    adminKey(c.req.header("authorization"));
    await next();
  });
  app.get(ACCOUNTS, (c) => c.json(pageOf(c, keys.accounts(c.req.param("project")).map(shownAccount))));
  app.post(ACCOUNTS, async (c) => {
    const { name, create_service_account_only: isAlone } = accept(newAccount, await readJson(c.req));
    const account = keys.createAccount(c.req.param("project"), name);
    const key = isAlone ? null : shownOnce(keys.createKey(account, "Secret Key"));
    return c.json({ ...shownAccount(account), api_key: key });
  });
  app.get(`${ACCOUNTS}/:id`, (c) => c.json(shownAccount(keys.account(...namedIn(c)))));
  app.delete(`${ACCOUNTS}/:id`, (c) => {
    const account = keys.account(...namedIn(c));
    keys.deleteAccount(account);
    return c.json({ object: "organization.project.service_account.deleted", id: account.id, deleted: true });
  });
  app.post(`${ACCOUNTS}/:id/api_keys`, async (c) => {
    const account = keys.account(...namedIn(c));
    const { name = "Secret Key" } = accept(newKey, await readJson(c.req));
    return c.json(shownOnce(keys.createKey(account, name)));
  });
  app.get(KEYS, (c) => c.json(pageOf(c, keys.keys(c.req.param("project")).map(shownKey))));
  app.get(`${KEYS}/:id`, (c) => c.json(shownKey(keys.key(...namedIn(c)))));
  app.delete(`${KEYS}/:id`, (c) => {
    const key = keys.key(...namedIn(c));
    keys.deleteKey(key);
    return c.json({ object: "organization.project.api_key.deleted", id: key.id, deleted: true });
  });
  return app;
};

const namedIn = (c: Context): [project: string, id: string] => [
  c.req.param("project") ?? "",
  c.req.param("id") ?? "",
];

const shownAccount = ({ id, name, createdAt }: ServiceAccount) => ({
  ...{ object: "organization.project.service_account", id, name, role: "member", created_at: createdAt },
});

/** With the key itself, which OpenAI shows once. */
const shownOnce = ({ id, name, value, createdAt }: ProjectKey) => ({
  ...{ object: "organization.project.service_account.api_key", id, name, value, created_at: createdAt },
});

const shownKey = ({ id, name, value, createdAt, account }: ProjectKey) => ({
  ...{ object: "organization.project.api_key", id, name, created_at: createdAt, last_used_at: null },
  redacted_value: `${value.slice(0, 8)}...${value.slice(-4)}`,
  owner: account
    ? { type: "service_account", service_account: shownAccount(account) }
    : { type: "user", user: { object: "organization.project.user", id: "user_1", name: "Operator" } },
  owner_project_access: "active",
});

const pageOf = <Item extends { id: string }>(c: Context, items: readonly Item[]) => {
  const { after, limit } = accept(page, c.req.query());
  const start = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1;
  const data = items.slice(start, start + limit);
  return {
    ...{ object: "list", data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null },
    has_more: start + limit < items.length,
  };
};
