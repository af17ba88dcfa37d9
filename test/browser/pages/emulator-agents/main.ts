// A page that uses @openai/agents-realtime over WebRTC, and tells the test what it sees.
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { z } from "zod";

export interface Seen {
  asked: string[];
  spoken: string[];
  heard: string[];
  errors: string[];
  status: string;
  /** The loudest 50 ms at the audio element since the latest answer began. */
  loudest: number;
  callId: string | undefined;
  events: Record<string, unknown>[];
}

interface AgentsPage {
  seen: Seen;
  start(options: { key: string; url: string; timeZone: string }): Promise<void>;
  say(text: string): void;
  stop(): void;
}

declare global {
  interface Window {
    agents: AgentsPage;
  }
}

const seen: Seen = {
  asked: [],
  spoken: [],
  heard: [],
  errors: [],
  status: "new",
  loudest: 0,
  callId: undefined,
  events: [],
};
const audio = document.querySelector("audio");
if (!audio) throw new Error("no audio element");

const start: AgentsPage["start"] = async ({ key, url, timeZone }) => {
  const clock = tool({
    name: "get_time",
    description: "The time in a time zone.",
    parameters: z.object({ timeZone: z.enum([timeZone]) }),
    execute: (args) => {
      seen.asked.push(args.timeZone);
      return "a quarter past nine";
    },
  });
  const agent = new RealtimeAgent({ name: "Clock", instructions: "Tell the time.", tools: [clock] });
  const transport = new OpenAIRealtimeWebRTC({ audioElement: audio });
  const session = new RealtimeSession(agent, { transport });
  transport.on("connection_change", (status) => {
    seen.status = status;
  });
  transport.on("*", (event) => seen.events.push(event));
  session.on("agent_end", (_context, _agent, text) => seen.spoken.push(text));
  session.on("history_updated", (history) => {
    seen.heard = history.flatMap((item) =>
      item.type === "message" && item.role === "user"
        ? item.content.flatMap((part) => ("transcript" in part && part.transcript ? [part.transcript] : []))
        : [],
    );
  });
  session.on("error", (error) => seen.errors.push(JSON.stringify(error)));
  window.agents.say = (text) => session.sendMessage(text);
  window.agents.stop = () => session.close();
  await session.connect({ apiKey: key, url });
  seen.callId = transport.callId;
  listen();
};

// What comes out of the element, not what was sent to it.
const listen = (): void => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const stream = (audio as HTMLAudioElement & { captureStream(): MediaStream }).captureStream();
  const connect = (): void => {
    context.createMediaStreamSource(stream).connect(analyser);
  };
  if (stream.getAudioTracks().length > 0) connect();
  else stream.addEventListener("addtrack", connect, { once: true });
  const samples = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    seen.loudest = Math.max(seen.loudest, level);
  }, 50);
};

const unstarted = (): never => {
  throw new Error("not started");
};

window.agents = { seen, start, say: unstarted, stop: unstarted };
