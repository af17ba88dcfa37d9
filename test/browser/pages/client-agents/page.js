// OpenAI's own browser client, with a key and an address from the broker.
import { RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { brokerClient } from "../../../../client/index.ts";

const broker = brokerClient({ url: new URLSearchParams(location.search).get("broker") });
const time = tool({
  name: "current_time",
  description: "Tells the time.",
  parameters: {
    type: "object",
    properties: { time_zone: { type: "string" } },
    required: ["time_zone"],
    additionalProperties: true,
  },
  strict: false,
  execute: (args) => broker.callTool({ name: "current_time", arguments: args }).then(JSON.stringify),
});

window.heard = [];
const session = new RealtimeSession(new RealtimeAgent({ name: "Assistant", tools: [time] }));
session.on("transport_event", (event) => window.heard.push(event));

const key = await broker.fetchEphemeralKey();
await session.connect({ apiKey: key.value, url: key.connect.webrtc });
window.session = session;
