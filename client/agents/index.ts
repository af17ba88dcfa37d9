// The exports of realtime-key-broker/agents.
export { keepProfile } from "./keep-profile.ts";
export type { AgentsSession, AgentsToolOptions } from "./sdk.ts";
export { agentTools } from "./tools.ts";
