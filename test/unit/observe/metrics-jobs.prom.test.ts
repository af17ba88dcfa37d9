// What relayed answers add to the metrics.
import { expect, it } from "vitest";
import type { BrokerEvent, Job, JobDone, RequestEnded } from "../../../server/observe/event.ts";
import { prometheusMetrics } from "../../../server/observe/metrics.prom.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const ofRequest = { requestId: "request-1", caller: undefined };
const done = (job: Job): JobDone => ({ ...job, ...ofRequest, seconds: 0.2 });
const relayed: Extract<Job, { kind: "relayed" }> = {
  ...{ kind: "relayed", rule: "all", status: 200, model: "gpt", upstreamKey: "a" },
  ...{ openAiRequestId: undefined, cache: undefined, countsUsage: true, broken: undefined },
  usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 1 } },
  ...{ answeredModel: undefined, serviceTier: undefined },
};

const costing = (costNanoUsd: number) => ({ quantities: noQuantities, costNanoUsd });
const relayEnded = (more: Partial<typeof relayed>): RequestEnded => {
  const job = done({ ...relayed, ...more });
  return {
    ...{ kind: "request-ended", ...ofRequest, at: 0, method: "POST", route: "/v1/*", status: 200, ms: 20 },
    ...{ path: "/v1/chat/completions", client: undefined, subject: undefined, done: job, refusal: undefined },
    ...{ isAborted: false, cutOff: undefined, isQuiet: false },
  };
};

/** The samples of relayed answers that are not zero, without the buckets. */
const after = async (events: readonly BrokerEvent[]): Promise<string[]> => {
  const metrics = prometheusMetrics();
  for (const event of events) metrics.onEvent(event);
  const { body } = await metrics.render();
  return body.split("\n").filter((line) => /^broker_relay/.test(line) && !/_bucket\{| 0$/.test(line));
};

it.each<[string, BrokerEvent[], string[]]>([
  [
    "the tokens of a relayed answer, and that its price is not known",
    [done(relayed)],
    [
      'broker_relayed_tokens_total{model="gpt",kind="input"} 3',
      'broker_relayed_tokens_total{model="gpt",kind="output"} 2',
      'broker_relayed_unpriced_total{model="gpt"} 1',
    ],
  ],
  [
    "the cost of relayed answers in dollars",
    [done({ ...relayed, spent: costing(1_500_000) }), done({ ...relayed, spent: costing(500_000) })],
    [
      'broker_relayed_tokens_total{model="gpt",kind="input"} 6',
      'broker_relayed_tokens_total{model="gpt",kind="output"} 4',
      'broker_relayed_cost_usd_total{model="gpt"} 0.002',
    ],
  ],
  [
    "how long a relayed answer took until its end, by the key and the endpoint, and not the ones from the cache",
    [
      relayEnded({}),
      relayEnded({ cache: "hit" }),
      relayEnded({ upstreamKey: undefined, broken: new Error("the caller left") }),
    ],
    [
      'broker_relay_seconds_sum{key="a",endpoint="chat/completions"} 0.2',
      'broker_relay_seconds_count{key="a",endpoint="chat/completions"} 1',
    ],
  ],
  [
    "the tokens of an answer that several callers got for the one whose usage counts",
    (["miss", "hit", "joined"] as const).map((cache) =>
      done({ ...relayed, cache, countsUsage: cache === "joined" }),
    ),
    [
      'broker_relayed_tokens_total{model="gpt",kind="input"} 3',
      'broker_relayed_tokens_total{model="gpt",kind="output"} 2',
      'broker_relayed_unpriced_total{model="gpt"} 1',
      ...["miss", "hit", "joined"].map((outcome) => `broker_relay_cache_total{outcome="${outcome}"} 1`),
    ],
  ],
  [
    "no model that OpenAI did not answer for",
    [done({ ...relayed, status: 404 }), done({ ...relayed, model: undefined })],
    [],
  ],
])("counts %s", async (_, events, samples) => {
  expect((await after(events)).toSorted()).toEqual(samples.toSorted());
});

it("only the first hundred models have series of their own, as each is kept until the end", async () => {
  const used = (model: string) => done({ ...relayed, model, answeredModel: model });
  const models = Array.from({ length: 102 }, (_, index) => `m${index}`);
  const samples = await after([...models, "m7", "m101"].map(used));
  expect(samples).toContain('broker_relayed_tokens_total{model="m7",kind="input"} 6');
  expect(samples).toContain('broker_relayed_tokens_total{model="m99",kind="input"} 3');
  expect(samples).toContain('broker_relayed_tokens_total{model="other",kind="input"} 9');
});
