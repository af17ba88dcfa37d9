// The field for a token, shown where the broker accepts no guests.
import type { Access } from "../state/page-state.ts";
import type { View } from "../state/store.ts";
import { part, passFocus, setText } from "./part.ts";

const sentences: Partial<Record<Access, string>> = {
  "token-needed":
    "This broker lets in known callers only. Paste the token you were given, or open the address that the broker printed when it started.",
  "token-refused": "That token was not accepted. Check that it was copied whole, or ask for a fresh one.",
};

/** Draws the form. A token is passed on once, and not kept in the field. */
export const tokenForm = (actions: { useToken(token: string): void }): View => {
  const section = part("access", HTMLElement);
  const text = part("access-text", HTMLElement);
  const field = part("token", HTMLInputElement);
  part("token-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const token = field.value.trim();
    field.value = "";
    if (token) actions.useToken(token);
  });
  let before: Access | undefined;
  return ({ access }) => {
    if (access === before) return;
    before = access;
    // A token that was entered is being checked: the form stays, and the focus in it.
    if (access === "checking" && !section.hidden) return;
    const sentence = sentences[access];
    if (sentence === undefined) passFocus(section);
    section.hidden = sentence === undefined;
    section.dataset.access = access;
    field.ariaInvalid = String(access === "token-refused");
    if (sentence === undefined) return;
    setText(text, sentence);
    field.focus();
  };
};
