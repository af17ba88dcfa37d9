// The exports of realtime-key-broker/agents.
export { keepProfile } from "./keep-profile.ts";
export { reportUsage } from "./report-usage.ts";
export type { AgentsEvents, AgentsSession, AgentsToolOptions } from "./sdk.ts";
export { agentTools } from "./tools.ts";
