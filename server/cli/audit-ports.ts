// What the commands of `broker audit` work with.
import type { CommandAudit } from "../compose/command-audit.ts";
import type { Terminal } from "./terminal.ts";

export interface AuditPorts {
  audit: Pick<CommandAudit, "pause" | "sealer" | "store">;
  /** The database, without its password, for messages. */
  database: string;
  /** Whether the key of the seals comes from the environment or broker.yaml. */
  hasOwnKey: boolean;
  terminal: Terminal;
}
