// The view of the session's facts: profile, model, voice, the key's remaining seconds, and the service connected to.
import { clockText, keyLife } from "../state/key-life.ts";
import type { PageState } from "../state/page-state.ts";
import type { View } from "../state/store.ts";
import { profilesOf } from "../state/tool-hints.ts";
import { upstreamBadge } from "../state/upstream.ts";
import { make, part, setText } from "./part.ts";

const NOT_YET = "–";

const drawLife = (state: PageState): void => {
  const text = part("key-life", HTMLElement);
  const bar = part("key-bar", HTMLElement);
  const life = keyLife(state);
  text.dataset.life = life.kind;
  switch (life.kind) {
    case "none":
      setText(text, "None yet. Each start fetches one.");
      break;
    case "running":
      setText(text, `${clockText(life.seconds)} left`);
      break;
    case "expired":
      setText(text, life.sentence);
      break;
  }
  bar.style.setProperty("--share", String(life.kind === "running" ? life.share : 0));
};

const drawProfiles = ({ tools, profile, connection }: PageState): void => {
  const name = part("profile-name", HTMLElement);
  const select = part("profile", HTMLSelectElement);
  const profiles = profilesOf(tools, profile);
  const shown = [...select.options].map(({ value }) => value);
  if (shown.join() !== profiles.join())
    select.replaceChildren(
      ...profiles.map((each) => Object.assign(make("option", "", each), { value: each })),
    );
  select.value = profile;
  select.disabled = connection === "live" || connection === "connecting";
  select.hidden = profiles.length < 2;
  name.hidden = !select.hidden;
  setText(name, profile);
};

const drawUpstream = ({ key }: PageState): void => {
  const badge = part("upstream", HTMLElement);
  badge.hidden = !key;
  if (!key) return;
  const { name, host, kind } = upstreamBadge(key.connect.webrtc);
  badge.dataset.kind = kind;
  if (badge.dataset.host === host) return;
  badge.dataset.host = host;
  badge.replaceChildren(
    make("span", "visually-hidden", "Connects to "),
    make("b", "", name),
    make("span", "", host),
  );
};

/** Draws the session's facts. */
export const factsView = (actions: { chooseProfile(profile: string): void; forgetToken(): void }): View => {
  const select = part("profile", HTMLSelectElement);
  select.addEventListener("change", () => actions.chooseProfile(select.value));
  part("forget", HTMLButtonElement).addEventListener("click", () => actions.forgetToken());
  const model = part("model", HTMLElement);
  const voice = part("voice", HTMLElement);
  const signedIn = part("signed-in", HTMLElement);
  return (state) => {
    drawProfiles(state);
    setText(model, state.key?.session.model ?? NOT_YET);
    setText(voice, state.key?.session.voice ?? NOT_YET);
    signedIn.hidden = !state.hasToken;
    drawLife(state);
    drawUpstream(state);
  };
};
