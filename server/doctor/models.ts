// Whether the account has the models that broker.yaml names, and for how long.
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Check, Finding } from "./finding.ts";
import { type DoctorKey, subjectOf } from "./openai.ts";

const DAY_MS = 86_400_000;
const SOON_DAYS = 90;

const listSchema = z.object({
  data: z.array(
    z.object({ id: z.string(), shutdown_date: z.union([z.string(), z.number()]).nullish().catch(undefined) }),
  ),
});

/** `wanted` is the models that the key is to be used for. */
export const modelsCheck = (key: DoctorKey, wanted: readonly string[], clock: Pick<Clock, "now">): Check => {
  const subject = subjectOf(key);
  const common = { check: "models", subject } as const;
  return {
    ...{ id: "models", subject, title: "Models", group: "OpenAI", needs: [`key ${subject}`] },
    run: async (signal) => {
      // Azure's deployments have names of their own, which are not in this list.
      if (/\.azure\.com\//.test(`${key.baseUrl}/`)) {
        return [{ ...common, level: "ok", title: "are deployments of Azure's, which no list names" }];
      }
      const { status, text } = await key.access.listModels(signal);
      const listed = status < 300 ? readList(text) : undefined;
      if (!listed) return [{ ...common, level: "note", title: "cannot be listed with this key" }];
      const missing = wanted.filter((model) => !listed.has(model));
      if (missing.length > 0) return [missingFault(missing, listed, subject)];
      const ending = wanted.flatMap((model) => endOf(model, listed.get(model), clock.now(), subject));
      if (ending.length > 0) return ending;
      const title = wanted.length === 0 ? "broker.yaml names none" : `has ${wanted.join(", ")}`;
      return [{ ...common, level: "ok", title }];
    },
  };
};

type Listed = ReadonlyMap<string, string | number | null | undefined>;

const readList = (text: string): Listed | undefined => {
  try {
    const { data, success } = listSchema.safeParse(JSON.parse(text));
    return success ? new Map(data.data.map(({ id, shutdown_date: end }) => [id, end])) : undefined;
  } catch {
    return undefined;
  }
};

const missingFault = (missing: readonly string[], listed: Listed, subject: string): Finding => {
  const voices = [...listed.keys()].filter((id) => id.includes("realtime")).slice(0, 4);
  return {
    ...{ check: "models.missing", level: "fault", subject },
    title: `its account has no ${missing.join(", no ")}`,
    cause:
      voices.length > 0
        ? `Of OpenAI's Realtime models it has ${voices.join(", ")}.`
        : "It has no Realtime model at all: its project may be restricted to others.",
    fix: "Name another model in the profile, or allow this one in the project's limits at OpenAI.",
  };
};

const endOf = (
  model: string,
  end: string | number | null | undefined,
  now: number,
  subject: string,
): Finding[] => {
  if (end === null || end === undefined) return [];
  const endsAt = typeof end === "number" ? end * 1000 : Date.parse(end);
  const days = Math.floor((endsAt - now) / DAY_MS);
  if (Number.isNaN(days) || days > SOON_DAYS) return [];
  return [
    {
      ...{ check: "models.ending", level: "warning", subject, figures: { daysLeft: days } },
      title: `OpenAI shuts ${model} down in ${days} days`,
      cause: `Its end is announced for ${new Date(endsAt).toISOString().slice(0, 10)}.`,
      fix: "Name a newer model in the profile, and try it in good time.",
    },
  ];
};
