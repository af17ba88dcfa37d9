// Refusals by their reason, budgets with their forecast, and the keys at OpenAI.
import type { Budget, KeyHealth, Overview } from "../api/answers.ts";
import { ago, fullTime, money, percent, short, whole } from "../format/format.ts";

export const Refusals = ({ refusals }: Pick<Overview, "refusals">) => {
  const most = Math.max(1, ...refusals.map(({ requests }) => requests));
  const shown = refusals.slice(0, 8);
  return (
    <section class="card" aria-labelledby="refusals-title">
      <header>
        <h2 id="refusals-title">Refusals</h2>
      </header>
      {shown.length === 0 ? (
        <p class="nothing">Nothing was refused in this range.</p>
      ) : (
        <ul class="bars">
          {shown.map(({ problem, title, requests }) => (
            <li key={problem}>
              <span class="what">
                {title} <code>{problem}</code>
              </span>
              <b>{whole(requests)}</b>
              <span class="bar danger" aria-hidden="true">
                <i style={{ width: `${(100 * requests) / most}%` }} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

const amount = (value: number, unit: string): string =>
  unit === "cost_usd" ? money(value * 1e9) : `${short(value)} ${unit}`;

const levelOf = ({ used, limit, forecast }: Budget): "danger" | "warning" | "fine" => {
  if (used >= limit) return "danger";
  return used >= 0.8 * limit || forecast > limit ? "warning" : "fine";
};

const Forecast = ({ budget }: { budget: Budget }) => {
  const { forecast, limit, unit, used } = budget;
  if (used >= limit) return <>used up: requests are refused until then</>;
  return (
    <>
      {forecast > limit ? "heading for " : "on course for "}
      {amount(forecast, unit)} by then
    </>
  );
};

export const Budgets = ({ budgets, timeZone }: { budgets: readonly Budget[]; timeZone: string }) => (
  <section class="card" aria-labelledby="budgets-title">
    <header>
      <h2 id="budgets-title">Budgets</h2>
    </header>
    {budgets.length === 0 ? (
      <p class="nothing">
        No budgets yet. <code>budgets</code> in broker.yaml limits what users, teams or everybody may spend in
        a day or a month.
      </p>
    ) : (
      <ul class="budgets">
        {budgets.map((budget) => {
          const { name, key, used, limit, unit, renews_at: renewsAt, forecast } = budget;
          const level = levelOf(budget);
          return (
            <li key={`${name} ${key} ${unit}`}>
              <span class="what">
                <b>{name}</b> {key}
              </span>
              <span class="amount">
                {amount(used, unit)} of {amount(limit, unit)} ({percent(used, limit)})
              </span>
              <span class={`bar ${level}`} aria-hidden="true">
                {forecast > used && (
                  <i class="forecast" style={{ width: `${Math.min(100, (100 * forecast) / limit)}%` }} />
                )}
                <i style={{ width: `${Math.min(100, (100 * used) / limit)}%` }} />
              </span>
              <span class="note">
                Renews {fullTime(renewsAt, timeZone)}; <Forecast budget={budget} />
              </span>
            </li>
          );
        })}
      </ul>
    )}
  </section>
);

export const Keys = ({ keys, now }: { keys: readonly KeyHealth[]; now: number }) => (
  <section class="card" aria-labelledby="keys-title">
    <header>
      <h2 id="keys-title">Keys at OpenAI</h2>
      <p class="note">As this replica sees them</p>
    </header>
    <ul class="keys">
      {keys.map(({ name, usable, problem, since }) => (
        <li key={name}>
          <span class={usable ? "state fine" : "state danger"}>{usable ? "Usable" : "Out"}</span>
          <span class="what">
            <b>{name}</b>
            {problem && ` ${problem}`}
          </span>
          {since !== null && <span class="note">{ago(since, now)}</span>}
        </li>
      ))}
    </ul>
  </section>
);
