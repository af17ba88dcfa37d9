// Holds the page's state, and redraws the views when it changes.
import { type PageEvent, type PageState, reduceState } from "./page-state.ts";

export type View = (state: PageState) => void;

export interface Store {
  state(): PageState;
  dispatch(event: PageEvent): void;
  /** Draws the view now and after every change. */
  show(view: View): void;
}

/** Makes the page's store. */
export const createStore = (initial: PageState): Store => {
  let state = initial;
  const views: View[] = [];
  return {
    state: () => state,
    dispatch: (event) => {
      state = reduceState(state, event);
      for (const view of views) view(state);
    },
    show: (view) => {
      views.push(view);
      view(state);
    },
  };
};
