// `broker users whois`: whose safety identifier it is that OpenAI names.
import { hashIdentityWith } from "../mint/safety-identifier.ts";
import type { Command } from "./arguments.ts";
import { CommandError } from "./terminal.ts";
import type { UserPorts } from "./user-ports.ts";

/** Tries the ids of all users, configured tokens and signers. Throws a `CommandError` where none has it. */
export const whois = async (
  { hash, json }: Extract<Command, { do: "whois" }>,
  { users, configured, identifierSalt, terminal }: UserPorts,
): Promise<void> => {
  const hashIdentity = hashIdentityWith(await identifierSalt());
  const ids = [...(await users.list()).map(({ name }) => `user:${name}`), ...configured.callers];
  const caller = ids.find((id) => hashIdentity(id) === hash);
  if (caller === undefined) {
    throw new CommandError(
      `${hash} is the identifier of no user, configured token or signer, by the SAFETY_IDENTIFIER_SALT that is set here or kept in this database. A caller with a JWT, a user of an application in which the service is mounted, or one who was removed, stands in the log: look for the line with this safety_identifier. Guests cannot be found`,
    );
  }
  terminal.print(json ? JSON.stringify({ caller }) : caller);
};
