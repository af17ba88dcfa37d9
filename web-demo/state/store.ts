// Holds the page's state and tells the views when it changed.
import { type Happening, next, type PageState } from "./page-state.ts";

export type View = (state: PageState) => void;

export interface Store {
  state(): PageState;
  tell(happening: Happening): void;
  /** Draws the view now and after every change. */
  show(view: View): void;
}

/** Makes the page's one store. */
export const createStore = (initial: PageState): Store => {
  let state = initial;
  const views: View[] = [];
  return {
    state: () => state,
    tell: (happening) => {
      state = next(state, happening);
      for (const view of views) view(state);
    },
    show: (view) => {
      views.push(view);
      view(state);
    },
  };
};
