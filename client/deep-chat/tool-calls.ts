// Runs the model's function calls: all calls of a response in parallel, then one `response.create`.
import type { DeepChatOptions, ToolCallReport } from "./options.ts";
import { functionCalls, type RealtimeEvent, type RealtimeItem } from "./realtime-event.ts";
import { words } from "./words.ts";

interface ToolCallPorts {
  handle: NonNullable<DeepChatOptions["handleTool"]>;
  report(call: ToolCallReport): void;
  send(event: object): void;
  /** Aborted when the session is over; answers are then dropped. */
  signal: AbortSignal;
}

/** Makes an event handler that runs tools. It returns true for an event that called one. */
export const toolRunner = ({ handle, report, send, signal }: ToolCallPorts) => {
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
    report({ ...call, status: "running" });
    let output: string;
    try {
      const answer = (await handle(call, { signal })) ?? null;
      output = typeof answer === "string" ? answer : JSON.stringify(answer);
      finish("answered", answer);
    } catch (cause) {
      const answer = { error: words(cause) };
      output = JSON.stringify(answer);
      finish("failed", answer);
    }
    const answer = { type: "function_call_output", call_id: call.id, output };
    if (!signal.aborted) send({ type: "conversation.item.create", item: answer });
  };

  return (event: RealtimeEvent): boolean => {
    if (event.type === "response.created") responding = true;
    if (event.type !== "response.done") return false;
    responding = false;
    const calls = functionCalls(event);
    if (calls.length > 0)
      void Promise.all(calls.map(run)).then(() => {
        isResponseDue = true;
        goOn();
      });
    else goOn();
    return (event.response?.output ?? []).some((item) => item.type === "function_call");
  };
};
