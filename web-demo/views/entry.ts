// Draws one entry of the conversation.
import type { TranscriptLine } from "../../client/index.ts";
import type { Entry } from "../state/entries.ts";
import type { Problem } from "../state/problem.ts";
import { drawDetail } from "./developer-detail.ts";
import { make } from "./part.ts";
import { drawToolCall } from "./tool-call.ts";

const speakers = { user: "You", assistant: "Assistant" };

const drawLine = (item: HTMLElement, { role, text, final }: TranscriptLine): void => {
  const words = make("p", "words", text || (final ? "(not understood)" : ""));
  words.classList.toggle("growing", !final);
  words.classList.toggle("silent", !text && final);
  item.className = `line ${role}`;
  item.replaceChildren(make("span", "speaker", speakers[role]), words);
};

const drawUnwritten = (item: HTMLElement, profile: string | undefined): void => {
  item.className = "line user";
  item.replaceChildren(
    make("span", "speaker", speakers.user),
    make("p", "words silent", "(spoken, not written down)"),
  );
  if (!profile) return;
  const why = `Your words are not shown: the profile ${profile} has no input transcription. Its session sets it in broker.yaml, as `;
  item.append(make("p", "note", why, make("code", "", "audio.input.transcription"), "."));
};

const drawNote = (item: HTMLElement, { title, developer }: Problem): void => {
  item.className = "remark";
  item.replaceChildren(make("b", "", title), make("span", "", " The session goes on."));
  if (developer) item.append(drawDetail(developer));
};

const drawSession = (item: HTMLElement, startedAt: number): void => {
  const time = new Date(startedAt * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  item.className = "divider";
  item.replaceChildren(make("span", "", `New session, ${time}`));
};

/** Redraws the list item from the entry. */
export const drawEntry = (item: HTMLElement, entry: Entry): void => {
  switch (entry.kind) {
    case "line":
      drawLine(item, entry.line);
      break;
    case "unwritten":
      drawUnwritten(item, entry.profile);
      break;
    case "tool":
      drawToolCall(item, entry.call);
      break;
    case "note":
      drawNote(item, entry.problem);
      break;
    case "session":
      drawSession(item, entry.startedAt);
      break;
  }
};
