// Chooses the model's responses: from the script first, then those of a demo.
import { OpenAiError } from "../http/openai-error.ts";
import { inventArguments } from "../schema/invent.ts";
import type { FunctionTool, Tool, ToolChoice } from "../session/session-schema.ts";
import { concludeWith } from "./conclude.ts";
import type { Script, Turn } from "./script.ts";

export type Part = { say: string } | { call: { name: string; arguments: string } };

export interface Plan {
  parts: Part[];
  softError?: string | undefined;
  /** The code with which the response fails. */
  fails?: string | undefined;
  hangUp: boolean;
}

export interface Situation {
  tools: readonly Tool[];
  toolChoice: ToolChoice;
  /** Whether the user has said or written something since the last response. */
  userSpoke: boolean;
  /** Outputs of the calls of the latest response. */
  answers: readonly string[];
}

const FRIENDLY = [
  "I can hear you, loud and clear.",
  "That is interesting. Please tell me more.",
  "Thank you. Is there anything else?",
];
const GREETING = "Hello! How can I help you?";

export class Prompter {
  readonly #script: Script;
  #turns: readonly Turn[];
  #next = 0;
  #asked: Turn | undefined;
  #toolOffered = false;
  #friendly = 0;

  constructor(script: Script) {
    this.#script = script;
    this.#turns = script.turns;
  }

  /** The script's transcript for the next turn. */
  hears(): string | undefined {
    return this.#upcoming()?.hears;
  }

  /** The next response inside the conversation. */
  plan(situation: Situation): Plan {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked && situation.answers.length > 0) return conclude(asked, situation.answers);
    const turn = this.#upcoming();
    if (turn) {
      this.#next += 1;
      return this.#follow(turn);
    }
    if (situation.answers.length > 0) return conclude({}, situation.answers);
    return this.#improvise(situation);
  }

  /** A response outside the conversation: it uses no turn of the script. */
  planAside(situation: Situation): Plan {
    const tool = situation.toolChoice === "auto" ? undefined : fittingTool(situation);
    return tool ? ask(tool) : this.#chat();
  }

  #upcoming(): Turn | undefined {
    if (this.#turns !== this.#script.turns) {
      this.#turns = this.#script.turns;
      this.#next = 0;
    }
    return this.#turns[this.#next];
  }

  #follow(turn: Turn): Plan {
    if (turn.fails !== undefined) return { parts: [], fails: turn.fails, hangUp: turn.hang_up ?? false };
    const calls = (turn.calls ?? []).map((call) => ({
      call: { name: call.name, arguments: asJson(call.arguments) },
    }));
    const preamble = turn.preamble === undefined ? [] : [{ say: turn.preamble }];
    if (calls.length > 0) {
      this.#asked = turn;
      return { parts: [...preamble, ...calls], softError: turn.soft_error, hangUp: false };
    }
    const says = turn.says ?? (preamble.length > 0 ? undefined : this.#nextFriendly());
    const parts = says === undefined ? preamble : [...preamble, { say: says }];
    return { parts, softError: turn.soft_error, hangUp: turn.hang_up ?? false };
  }

  #improvise(situation: Situation): Plan {
    if (!situation.userSpoke) return { parts: [{ say: GREETING }], hangUp: false };
    const tool = this.#toolOffered && situation.toolChoice === "auto" ? undefined : fittingTool(situation);
    if (!tool) return this.#chat();
    this.#toolOffered = true;
    this.#asked = {};
    return ask(tool);
  }

  #chat(): Plan {
    return { parts: [{ say: this.#nextFriendly() }], hangUp: false };
  }

  #nextFriendly(): string {
    const sentence = FRIENDLY[this.#friendly % FRIENDLY.length] ?? GREETING;
    this.#friendly += 1;
    return sentence;
  }
}

const ask = (tool: FunctionTool): Plan => ({
  parts: [{ call: { name: tool.name, arguments: argumentsFor(tool) } }],
  hangUp: false,
});

// The session is open already: a schema that asks for too much must not end it.
const argumentsFor = ({ parameters }: FunctionTool): string => {
  try {
    return JSON.stringify(inventArguments(parameters));
  } catch (error) {
    if (error instanceof OpenAiError) return "{}";
    throw error;
  }
};

const fittingTool = ({ tools, toolChoice }: Situation): FunctionTool | undefined => {
  const functions = tools.filter((tool) => tool.type === "function");
  if (toolChoice === "none") return undefined;
  if (typeof toolChoice === "object") {
    return functions.find(({ name }) => toolChoice.type === "function" && name === toolChoice.name);
  }
  return functions[0];
};

const conclude = (turn: Turn, answers: readonly string[]): Plan => ({
  parts: [{ say: concludeWith(answers, turn.says) }],
  hangUp: turn.hang_up ?? false,
});

const asJson = (args: Record<string, unknown> | string): string =>
  typeof args === "string" ? args : JSON.stringify(args);
