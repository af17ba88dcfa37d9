// The broker's answers as TypeScript types. They need no zod; a type test keeps them equal to the schemas of openapi.yaml.

/** What `/ephemeral-key` answers. */
export interface EphemeralKey {
  /** The key: OpenAI takes it as a bearer token. */
  value: string;
  /** Unix seconds. A session that has started goes on after this moment. */
  expires_at: number;
  profile: string;
  /** The session as OpenAI opened it; null where OpenAI did not say. */
  session: {
    id: string | null;
    type: "realtime" | "transcription" | "live";
    model: string | null;
    output_modalities: string[] | null;
    voice: string | null;
  };
  /** Where this key is valid: the region it belongs to, the emulator, or the broker itself. `live` is GPT-Live's, and then the only one. */
  connect: { webrtc: string; websocket: string; live?: string | undefined };
  /** Present where `value` is a ticket, which the broker takes once, for a session that it watches over. */
  supervision?:
    | {
        /** The session's id at the broker. */
        session: string;
        /** A bearer token for this session alone: it answers how the session stands, and runs its tools. */
        grant: string;
        /** The tools that the broker runs: the page leaves their calls alone. */
        server_tools: string[];
      }
    | undefined;
  /** Present where the broker asks the page to report what the session uses. */
  usage_reports?: true | undefined;
}

/** What `/tools` answers. */
export interface ToolList {
  tools: ToolDescription[];
}

export interface ToolDescription {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
  /** The caller's profiles that offer this tool. */
  profiles: string[];
}

/** One wrong part of the input. */
export interface InputProblem {
  /** JSON pointer into the arguments or the body. */
  pointer: string;
  detail: string;
}

/** The body of a refusal, `application/problem+json` of RFC 9457. */
export interface ProblemDocument {
  /** `/problems/<code>`, the path of a page that explains it. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The request's id. */
  instance: string;
  /** A sentence for the page's user. */
  user_message?: string | undefined;
  errors?: InputProblem[] | undefined;
  /** The names of the exhausted limits, as in the header `RateLimit-Policy`. */
  "violated-policies"?: string[] | undefined;
}

/** What `/challenge` answers: an ALTCHA challenge (version 2). `nonce`, `salt` and `keyPrefix` are hexadecimal. */
export interface Challenge {
  parameters: {
    algorithm: "PBKDF2/SHA-256";
    nonce: string;
    salt: string;
    /** Rounds of PBKDF2 for each guess. */
    cost: number;
    /** Bytes of the derived key. */
    keyLength: number;
    /** What the right guess's derived key begins with. */
    keyPrefix: string;
    /** Unix seconds. */
    expiresAt: number;
    data: { for: string };
  };
  signature: string;
}
