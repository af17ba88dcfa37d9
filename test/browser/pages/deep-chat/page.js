// A page with one <deep-chat>, or several (?elements=2), that writes down all it is told.
import { brokerClient, connectDeepChat } from "/client.js";
import "/watch.js";
import "/deep-chat.js";

const settings = new URLSearchParams(location.search);
const broker = brokerClient({ url: settings.get("broker"), token: settings.get("token") ?? undefined });

const connect = (name) => {
  const element = document.createElement("deep-chat");
  for (const type of ["message", "sts-session-started", "sts-session-stopped"])
    element.addEventListener(type, (event) => note(type, event.detail?.message ?? null, name));
  document.querySelector("main").append(element);
  const bridge = connectDeepChat(element, broker, {
    autoStart: settings.has("autostart"),
    connectTimeoutMs: Number(settings.get("timeout") ?? 20_000),
    onState: (state) => note("state", state, name),
    onKey: (key) => note("key", key, name),
    onTranscript: (line) => note("line", line, name),
    onToolCall: (call) => note("tool", call, name),
    onEnd: (end) => note("end", end, name),
    onError: ({ message, userMessage, soft }) => note("error", { message, userMessage, soft }, name),
  });
  return { element, bridge };
};

const parts = Array.from({ length: Number(settings.get("elements") ?? 1) }, (_, index) => connect(index));
Object.assign(window, {
  parts,
  ...parts[0],
  broker,
  connectDeepChat,
  methods: () => parts[0].element.directConnection.openAI.realtime.methods,
});
