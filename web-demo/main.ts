// Entry of the voice page: connects state, views, broker client and voice.
import { type BrokerClient, BrokerError, brokerClient, type RequestOptions } from "../client/index.ts";
import { initialState } from "./state/page-state.ts";
import { browserProblem, describeEnd, describeProblem } from "./state/problem.ts";
import { createStore } from "./state/store.ts";
import { unwrittenReader } from "./state/unwritten.ts";
import { createTextChat } from "./text-chat.ts";
import { tokenInFragment, tokenStore } from "./token-store.ts";
import { drawPage } from "./views/page.ts";
import { createVoice, type Listeners } from "./voice.ts";

const token = tokenStore(() => sessionStorage);

const takeTokenFromAddress = (): boolean => {
  const given = tokenInFragment(location.hash);
  if (given === undefined) return false;
  token.keep(given);
  // Removes the token from the address bar, so that it is not copied or bookmarked.
  history.replaceState(null, "", location.pathname + location.search);
  return true;
};

takeTokenFromAddress();
const seconds = (): number => Math.floor(Date.now() / 1000);
const profile = new URLSearchParams(location.search).get("profile") ?? "default";
const store = createStore(initialState(profile, token.read() !== undefined, seconds()));

/** The service's address: the page stands right below it. */
const address = new URL(".", location.href).href.replace(/\/$/, "");
const options = { url: address, token: () => token.read() };
const broker: BrokerClient = {
  ...brokerClient(options),
  // The profile may change between two starts.
  fetchEphemeralKey: (request?: RequestOptions) =>
    brokerClient({ ...options, profile: store.state().profile }).fetchEphemeralKey(request),
};

const refuseAccess = (): void => {
  const hadToken = token.read() !== undefined;
  token.forget();
  store.dispatch({ type: "access-refused", access: hadToken ? "token-refused" : "token-needed" });
};

const checkAccess = async (): Promise<void> => {
  const before = token.read();
  try {
    const tools = await broker.listTools();
    if (token.read() === before) store.dispatch({ type: "access-checked", tools });
  } catch (cause) {
    if (token.read() !== before) return;
    if (cause instanceof BrokerError && cause.status === 401) return refuseAccess();
    if (cause instanceof BrokerError)
      store.dispatch({ type: "access-failed", problem: describeProblem(cause) });
  }
};

const unwritten = unwrittenReader();
const listeners: Listeners = {
  onState: (connection) => store.dispatch({ type: "connection-changed", connection, now: seconds() }),
  onKey: (key) => store.dispatch({ type: "key-minted", key, now: seconds() }),
  onTranscript: (line) => store.dispatch({ type: "line-spoken", line }),
  onEvent: (event) => {
    const id = unwritten(event);
    if (id) store.dispatch({ type: "words-unwritten", id });
  },
  onToolCall: (call) => store.dispatch({ type: "tool-called", call }),
  onEnd: (end) => store.dispatch({ type: "problem-met", problem: describeEnd(end), soft: false }),
  onError: (error) => {
    const { soft, cause } = error;
    store.dispatch({ type: "problem-met", problem: describeProblem(error), soft });
    if (!soft && cause instanceof BrokerError && cause.status === 401) refuseAccess();
  },
};
const voice = createVoice(broker, listeners, () => store.state().profile);

const start = (): void => {
  const problem = browserProblem({
    hasWebRtc: typeof RTCPeerConnection === "function",
    hasMicrophone: navigator.mediaDevices !== undefined,
  });
  if (problem) store.dispatch({ type: "problem-met", problem, soft: false });
  else void voice.start();
};

const showToken = (): void => {
  store.dispatch({ type: "token-entered" });
  void checkAccess();
};

drawPage(store, address, {
  start,
  stop: () => voice.stop(),
  toggleMute: () => store.dispatch({ type: "microphone-muted", muted: voice.toggleMute() }),
  chooseProfile: (profile) => store.dispatch({ type: "profile-chosen", profile }),
  write: (writing) => store.dispatch({ type: "writing-chosen", writing }),
  prepareWriting: () =>
    createTextChat({
      token: () => token.read(),
      onRefusal: (error) => {
        if (error.status === 401) refuseAccess();
        else store.dispatch({ type: "problem-met", problem: describeProblem(error), soft: false });
      },
    }),
  dismiss: () => store.dispatch({ type: "problem-dismissed" }),
  tryAgain: () => void checkAccess(),
  useToken: (entered) => {
    token.keep(entered);
    showToken();
  },
  forgetToken: () => {
    voice.stop();
    token.forget();
    store.dispatch({ type: "token-forgotten" });
    void checkAccess();
  },
});

// A change of the fragment alone does not reload the page.
addEventListener("hashchange", () => takeTokenFromAddress() && showToken());
setInterval(() => {
  const { key, liveSince } = store.state();
  if (key || liveSince !== undefined) store.dispatch({ type: "second-passed", now: seconds() });
}, 1000);
void checkAccess();
