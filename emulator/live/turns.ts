// Who says and does what next: the user's turns, and the answers of tools, lead to speech and to delegation.
import { OpenAiError } from "../http/openai-error.ts";
import { type Plan, Prompter } from "../script/prompter.ts";
import type { Script } from "../script/script.ts";
import type { Backend } from "./backend.ts";
import type { SendLive } from "./server-events.ts";
import { type LiveState, responsesOf, toolsOf } from "./session-resource.ts";
import type { Voice } from "./voice.ts";

export interface TurnPorts {
  send: SendLive;
  randomId(prefix: string): string;
  script: Script;
  voice: Voice;
  backend: Backend;
  state(): LiveState;
  elapsedMs(): number;
  /** The model ends the session. */
  hangUp(): void;
}

const WAIT = "One moment, please.";

export class Turns {
  readonly #ports: TurnPorts;
  readonly #prompter: Prompter;
  /** Delegations to the client itself, whose ids its answers name. */
  readonly #clientDelegations = new Set<string>();

  constructor(ports: TurnPorts) {
    this.#ports = ports;
    this.#prompter = new Prompter(ports.script);
  }

  /** The script's transcript for the next turn. */
  hears(): string | undefined {
    return this.#prompter.hears();
  }

  /** Throws where the id is not that of a delegation to the client. */
  checkClientDelegation(id: string): void {
    if (this.#clientDelegations.has(id)) return;
    const message = `No client delegation with id '${id}' is known.`;
    throw new OpenAiError(400, "invalid_value", message, "delegation_id");
  }

  /** The user has ended a turn. */
  async answerUser(): Promise<void> {
    const { backend, voice, state } = this.#ports;
    // The user is not kept waiting without a word while the tools run.
    if (backend.busy) return voice.say(WAIT);
    const tools = toolsOf(responsesOf(state()));
    await this.#begin(this.#prompter.plan({ ...tools, userSpoke: true, answers: [] }));
  }

  /** The client's `response.create`: throws where the outputs of calls are missing, or a response is active. */
  goOn(clientEventId: string | null | undefined): Promise<void> {
    const responses = responsesOf(this.#ports.state());
    if (!responses) {
      throw new OpenAiError(400, "invalid_value", "response.create requires Responses delegation.", "type");
    }
    const answers = this.#ports.backend.takeOutputs();
    const plan = this.#prompter.plan({ ...toolsOf(responses), userSpoke: answers.length === 0, answers });
    return this.#continue(plan, responses, clientEventId);
  }

  async #begin(plan: Plan): Promise<void> {
    const { backend, hangUp } = this.#ports;
    const responses = responsesOf(this.#ports.state());
    this.#sendSoftError(plan);
    await this.#say(textsOf(plan));
    const calls = callsOf(plan);
    if (plan.fails !== undefined && responses) await backend.delegate(responses, { fails: plan.fails });
    else if (calls.length > 0 && responses) await backend.delegate(responses, { calls });
    else if (calls.length > 0) this.#delegateToClient();
    if (plan.hangUp) hangUp();
  }

  async #continue(
    plan: Plan,
    responses: NonNullable<ReturnType<typeof responsesOf>>,
    clientEventId: string | null | undefined,
  ): Promise<void> {
    const { backend, hangUp } = this.#ports;
    this.#sendSoftError(plan);
    const calls = callsOf(plan);
    const texts = textsOf(plan);
    if (plan.fails !== undefined) await backend.goOn(responses, { fails: plan.fails }, clientEventId);
    else if (calls.length > 0) await backend.goOn(responses, { calls }, clientEventId);
    else await backend.goOn(responses, { text: texts.join(" ") }, clientEventId);
    await this.#say(texts);
    if (plan.hangUp) hangUp();
  }

  async #say(texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.#ports.voice.say(text);
  }

  #sendSoftError({ softError }: Plan): void {
    if (softError === undefined) return;
    const error = { type: "server_error", code: "server_error", message: softError };
    this.#ports.send({ type: "error", error });
  }

  #delegateToClient(): void {
    const { send, randomId, elapsedMs } = this.#ports;
    const id = randomId("dlg");
    this.#clientDelegations.add(id);
    send({
      type: "session.delegation.created",
      offset_ms: Math.round(elapsedMs()),
      delegation: { type: "delegation", id, target: "client" },
    });
  }
}

const callsOf = (plan: Plan) => plan.parts.flatMap((part) => ("call" in part ? part.call : []));
const textsOf = (plan: Plan) => plan.parts.flatMap((part) => ("say" in part ? part.say : []));
