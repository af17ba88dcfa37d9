// The caller, as events tell of them.

/** The caller, as far as those who keep the books need to know. */
export interface EventCaller {
  kind: "guest" | "host" | "jwt" | "signer" | "token" | "user";
  id: string;
  /** Whose spending it also is. */
  team?: string | undefined;
}
