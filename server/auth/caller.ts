// Who is calling, once that is known. The other rooms know callers by this type alone.

export type Caller =
  | { kind: "guest"; id: string }
  | { kind: "token"; id: string; name: string }
  | { kind: "jwt"; id: string; issuer: string; subject: string };
