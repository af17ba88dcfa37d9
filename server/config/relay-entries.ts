// What is relayed where broker.yaml does not say.
import type { z } from "zod";
import { type BrokerFile, relayRuleSchema } from "./broker-file.ts";

type Entries = Record<string, z.output<typeof relayRuleSchema>>;

/** The entries of `relay`; where none are said, inference for all who may call, but for guests from anywhere. */
export const relayEntriesOf = ({ relay, callers }: Pick<BrokerFile, "callers" | "relay">): Entries =>
  relay ?? {
    default: relayRuleSchema.parse({ allow: [callers.guests === "anyone" ? "members" : "everyone"] }),
  };
