// A secret that the database keeps, for when the operator configured none; and secrets that follow from one.
import { hkdfSync } from "node:crypto";
import { Secret } from "../secret.ts";
import type { Database } from "./database.ts";

/** The secret of that name. The first who asks makes it, and all replicas get the same one. */
export const keptSecret = async (database: Database, name: string, make: () => string): Promise<Secret> =>
  new Secret(await keptText(database, name, make));

/** The same for what is no secret. */
export const keptText = async (database: Database, name: string, make: () => string): Promise<string> => {
  const find = () => database.all("select value from meta where name = $1", [name]);
  const [known] = await find();
  if (known) return String(known.value);
  await database.run("insert into meta (name, value) values ($1, $2) on conflict (name) do nothing", [
    name,
    make(),
  ]);
  const [row] = await find();
  if (!row) throw new Error(`${name} was not kept`);
  return String(row.value);
};

/** A secret for one purpose, which tells nothing about `secret` or about those for other purposes (RFC 5869). */
export const derivedSecret = (secret: Secret, purpose: string): Secret =>
  new Secret(Buffer.from(hkdfSync("sha256", secret.reveal(), "", purpose, 32)).toString("base64url"));
