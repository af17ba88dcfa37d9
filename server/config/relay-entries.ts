// The entries of `relay`, with a default where broker.yaml has none.
import type { z } from "zod";
import { type BrokerFile, relayRuleSchema } from "./broker-file.ts";

type Entries = Record<string, z.output<typeof relayRuleSchema>>;

/** The default relays inference for every caller; where guests come from anywhere, for all but guests. */
export const relayEntriesOf = ({ relay, callers }: Pick<BrokerFile, "callers" | "relay">): Entries =>
  relay ?? {
    default: relayRuleSchema.parse({ allow: [callers.guests === "anyone" ? "members" : "everyone"] }),
  };
