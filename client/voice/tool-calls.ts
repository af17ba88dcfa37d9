// Whose turn it is: runs the calls of a response in parallel, and asks for a response when none is active.
import { functionCalls, type RealtimeEvent, type RealtimeItem } from "./realtime-event.ts";
import type { HandleTool, ToolCallReport } from "./reports.ts";
import { words } from "./words.ts";

interface TurnPorts {
  handle: HandleTool;
  /** Whether the broker runs that tool itself. */
  isServers(name: string): boolean;
  report(call: ToolCallReport): void;
  send(event: object): void;
  /** Aborted when the session is over; answers are then dropped. */
  signal: AbortSignal;
}

/** Keeps the turns of one session. */
export const takeTurns = ({ handle, isServers, report, send, signal }: TurnPorts) => {
  let responding = false;
  let isResponseDue = false;

  // OpenAI refuses a `response.create` while another response is active.
  const goOn = (): void => {
    if (!isResponseDue || responding || signal.aborted) return;
    isResponseDue = false;
    send({ type: "response.create" });
  };

  const run = async (item: RealtimeItem): Promise<void> => {
    const call = { id: item.call_id ?? "", name: item.name ?? "", arguments: item.arguments ?? "" };
    const began = performance.now();
    const finish = (status: "answered" | "failed", answer: unknown): void =>
      report({ ...call, status, answer, milliseconds: Math.round(performance.now() - began) });
    const reply = (output: string): void => {
      const item = { type: "function_call_output", call_id: call.id, output };
      if (!signal.aborted) send({ type: "conversation.item.create", item });
    };
    report({ ...call, status: "running" });
    try {
      const answer = (await handle(call, { signal })) ?? null;
      // Throws for an answer that is larger than the channel takes: the model is told so, and the conversation goes on.
      reply(typeof answer === "string" ? answer : JSON.stringify(answer));
      finish("answered", answer);
    } catch (cause) {
      const answer = { error: words(cause) };
      reply(JSON.stringify(answer));
      finish("failed", answer);
    }
  };

  const respond = (): void => {
    isResponseDue = true;
    goOn();
  };

  return {
    /** Runs the tools of an event. Returns true for an event that called one. */
    onEvent(event: RealtimeEvent): boolean {
      if (event.type === "response.created") responding = true;
      if (event.type !== "response.done") return false;
      responding = false;
      const calls = functionCalls(event).filter(({ name = "" }) => !isServers(name));
      if (calls.length > 0) void Promise.all(calls.map(run)).then(respond);
      else goOn();
      return (event.response?.output ?? []).some((item) => item.type === "function_call");
    },
    /** Asks for a response, at once or when the active one has ended. */
    respond,
    /** Silences the assistant, also where it has finished its response and is still heard. */
    interrupt(): void {
      if (responding) send({ type: "response.cancel" });
      send({ type: "output_audio_buffer.clear" });
    },
  };
};
