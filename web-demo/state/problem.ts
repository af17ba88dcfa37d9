// Problems as the page shows them: what happened, why, and what to do.
import { BrokerError } from "../../client/index.ts";

export interface Problem {
  title: string;
  /** The broker's sentence for the page's user; absent where the page has better words. */
  sentence?: string;
  detail: string;
  /** What the reader can do; absent where the detail already says it. */
  advice?: string;
  /** One line for each wrong part of the input. */
  parts?: string[];
  /** For the operator, who finds it in the log. */
  requestId?: string;
  /** The path of the page that explains this kind of refusal. */
  explanation?: string;
  /** Voice is impossible in this browser; the text chat is offered. */
  isVoiceless?: true;
}

const adviceByCode: Record<string, string> = {
  "profile-forbidden": "Choose another profile, or ask the operator to let you use this one.",
  "profile-unknown": "Choose a profile that this broker has.",
  "credentials-missing": "Enter a token below.",
  "credentials-rejected": "Enter a fresh token below.",
  internal: "Give the operator the request id; the cause is in the log.",
  network: "Start the broker, or check your connection, then try again.",
};

const microphoneNames = new Set([
  "NotAllowedError",
  "NotFoundError",
  "NotReadableError",
  "OverconstrainedError",
  "SecurityError",
]);

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

/** Describes what the client or the bridge reports. After a soft problem the session goes on. */
export const describeProblem = (message: string, cause: unknown, soft = false): Problem => {
  if (cause instanceof BrokerError) return fromBroker(cause);
  if (cause instanceof Error && microphoneNames.has(cause.name))
    return { title: "No microphone", detail: message, advice: "Or write instead.", isVoiceless: true };
  return { title: soft ? "The model reported a problem." : "The session broke off", detail: message };
};

const fromBroker = (error: BrokerError): Problem => {
  const wait = error.retryAfterSeconds;
  const advice = wait ? `Try again in ${wait} s.` : adviceByCode[error.code];
  const parts = error.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`);
  // After a 401 the page shows where to enter a token.
  const sentence = error.status >= 400 && error.status !== 401 ? error.userMessage : undefined;
  // Codes of the client itself, such as `network`, have no page.
  const explained = error.status >= 400 && !error.code.startsWith("http-");
  return {
    title: error.title,
    ...(sentence && { sentence }),
    detail: error.detail,
    ...(advice && { advice }),
    ...(parts?.length && { parts }),
    ...(error.requestId && { requestId: error.requestId }),
    ...(explained && { explanation: `./problems/${encodeURIComponent(error.code)}` }),
  };
};
