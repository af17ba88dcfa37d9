// Whether the admin key may read what OpenAI charged, which `broker usage reconcile` needs.
import type { Clock } from "../clock.ts";
import type { Organization } from "../upstream/organization.ts";
import type { Check } from "./finding.ts";

const DAY_MS = 86_400_000;
const DAYS = 30;

interface Ports {
  organization: Pick<Organization, "costs">;
  clock: Pick<Clock, "now">;
}

export const adminKeyCheck = (baseUrlName: string, { organization, clock }: Ports): Check => {
  const subject = "OPENAI_ADMIN_KEY";
  return {
    ...{ id: "admin-key", subject, title: "Admin key", group: "OpenAI", needs: [`base-url ${baseUrlName}`] },
    timeoutMs: 30_000,
    run: async () => {
      const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
      try {
        const costs = await organization.costs({ since: today - DAYS * DAY_MS, until: today, projects: [] });
        const usd = Math.round(costs.reduce((sum, cost) => sum + cost.usd, 0) * 100) / 100;
        const title = `may read the books: ${usd.toFixed(2)} USD in ${DAYS} days`;
        return [{ check: "admin-key", level: "ok", subject, title, figures: { usd, days: DAYS } }];
      } catch (error) {
        return [
          {
            ...{
              check: "admin-key.refused",
              level: "fault",
              subject,
              title: "may not read what OpenAI charged",
            },
            cause: `${error instanceof Error ? error.message : ""}.`,
            fix: "Make one under Admin keys in the organization's settings, with the right to read usage.",
          },
        ];
      }
    },
  };
};
