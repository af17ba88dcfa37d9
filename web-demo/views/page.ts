// All views of the page, with the actions of their buttons.
import type { Store } from "../state/store.ts";
import { announcer } from "./announcer.ts";
import { conversationView } from "./conversation.ts";
import { factsView } from "./facts.ts";
import { problemView } from "./problem-card.ts";
import { snippetView } from "./snippet.ts";
import { stageView } from "./stage.ts";
import { tokenForm } from "./token-form.ts";
import { toolListView } from "./tool-list.ts";
import { writingView } from "./writing.ts";

export interface Actions {
  start(): void;
  stop(): void;
  toggleMute(): void;
  chooseProfile(profile: string): void;
  useToken(token: string): void;
  forgetToken(): void;
  dismiss(): void;
  write(writing: boolean): void;
  prepareWriting(): { focus(): void };
  tryAgain(): void;
}

/** Draws the page, and redraws it on changes. */
export const drawPage = (store: Store, origin: string, actions: Actions): void => {
  snippetView(origin);
  store.show(stageView(actions));
  store.show(factsView(actions));
  store.show(problemView(actions));
  store.show(writingView(actions));
  store.show(tokenForm(actions));
  store.show(conversationView());
  store.show(announcer());
  store.show(toolListView());
};
