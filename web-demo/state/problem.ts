// Problems as the page shows them: a sentence for its user, what to do, and folded below it the developer's words.
import { BrokerError, type SessionEnd, type VoiceError } from "../../client/index.ts";
import { SessionEnded } from "../../client/voice/supervised.ts";

export interface Problem {
  title: string;
  detail?: string;
  /** What the reader can do; absent where the title or detail already says it. */
  advice?: string;
  developer?: DeveloperDetail;
  /** Voice is impossible in this browser; the text chat is offered. */
  isVoiceless?: true;
}

/** What the operator or the page's author needs. */
export interface DeveloperDetail {
  message: string;
  /** One line for each wrong part of the input. */
  parts?: string[];
  /** For the operator, who finds it in the log. */
  requestId?: string;
  /** The path of the page that explains this kind of refusal. */
  explanation?: string;
}

// Where the reader of this page can do more than try again.
const adviceByCode: Record<string, string> = {
  "profile-forbidden": "Choose another profile, or ask the operator to let you use this one.",
  "profile-unknown": "Choose a profile that this broker has.",
  "credentials-missing": "Enter a token below.",
  "credentials-rejected": "Enter a fresh token below.",
};

// Why the broker ends a session that it watches over. Others, such as the page's own hang-up, need no words.
const ends: Record<string, string> = {
  duration: "It had reached the longest time that a session may last.",
  idle: "Nothing was said for a while.",
  tokens: "It had used as much as a session may use.",
  cost: "It had cost as much as a session may cost.",
  minutes: "The minutes for this day or month are used up.",
  budget: "The budget is used up.",
  operator: "An operator ended it.",
  "user-disabled": "This user may no longer talk here.",
  altered: "The page kept changing settings that are not its own.",
  moderation: "Something that was said is not allowed here.",
  "sideband-lost": "The broker could no longer watch over it.",
  expired: "OpenAI ended it, as it does after an hour.",
};

/** Describes why the broker ended a session. */
export const describeEnd = (end: SessionEnd): Problem => ({
  title: new SessionEnded(end).userMessage,
  ...(ends[end.reason] && { detail: ends[end.reason] }),
  developer: { message: `The broker's reason: ${end.reason}` },
});

const withoutWebRtc: Problem = {
  title: "This browser has no WebRTC",
  detail: "Voice needs WebRTC, which this browser does not have or has switched off.",
  advice: "Open the page in a current Chrome, Edge, Firefox or Safari, or write instead.",
  isVoiceless: true,
};

const withoutSecureContext: Problem = {
  title: "No microphone on this address",
  detail: "Browsers give the microphone to https pages and to localhost only.",
  advice: "Open the page over https, or on the broker's own machine at http://127.0.0.1; or write instead.",
  isVoiceless: true,
};

/** Why this browser cannot have a voice session; undefined where it can. */
export const browserProblem = (browser: {
  hasWebRtc: boolean;
  hasMicrophone: boolean;
}): Problem | undefined =>
  browser.hasWebRtc ? (browser.hasMicrophone ? undefined : withoutSecureContext) : withoutWebRtc;

/** Describes an error of the broker client, or of the bridge. After a soft one the session goes on. */
export const describeProblem = (error: BrokerError | VoiceError): Problem => {
  if (error instanceof BrokerError) return ofBroker(error);
  if (error.cause instanceof BrokerError) return ofBroker(error.cause);
  if (error.code.startsWith("microphone-"))
    return {
      title: "No microphone",
      detail: error.userMessage,
      advice: "Or write instead.",
      isVoiceless: true,
    };
  return { title: error.userMessage, developer: { message: error.message } };
};

const ofBroker = (error: BrokerError): Problem => {
  const wait = error.retryAfterSeconds;
  const advice = wait ? `Try again in ${wait} s.` : adviceByCode[error.code];
  const parts = error.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`);
  // Codes of the client itself, such as `network`, have no page.
  const isExplained = error.status >= 400 && !error.code.startsWith("http-");
  return {
    title: error.userMessage,
    ...(advice && { advice }),
    developer: {
      message: `${error.title}: ${error.detail}`,
      ...(parts?.length && { parts }),
      ...(error.requestId && { requestId: error.requestId }),
      ...(isExplained && { explanation: `./problems/${encodeURIComponent(error.code)}` }),
    },
  };
};
