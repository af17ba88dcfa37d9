// A caller as tickets and sessions keep them: without the address that a guest's id holds.
import type { Caller } from "../../auth/caller.ts";

const KEPT_GUEST = /^guest:[0-9a-f]{64}$/;

/** `hashIdentity` gives 64 hexadecimal digits. A caller that was kept already stays the same. */
export const keptCaller = (caller: Caller, hashIdentity: (id: string) => string): Caller =>
  caller.kind === "guest" && !KEPT_GUEST.test(caller.id)
    ? { kind: "guest", id: `guest:${hashIdentity(caller.id)}` }
    : caller;

/** What OpenAI is told of them: the same for a guest, whether they were kept or not. */
export const identityOf = (
  { kind, id }: Pick<Caller, "kind" | "id">,
  hashIdentity: (id: string) => string,
): string => (kind === "guest" && KEPT_GUEST.test(id) ? id.slice("guest:".length) : hashIdentity(id));
