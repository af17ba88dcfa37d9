// Connects Deep Chat's realtime mode with the broker, and works around that mode's defects.
import type { VoiceBroker } from "../broker-client.ts";
import { notifier } from "../voice/notify.ts";
import { SessionEnded } from "../voice/supervised.ts";
import { VoiceError } from "../voice/voice-error.ts";
import { nameParts, realtimeLooks, showProblem, sizeElement } from "./appearance.ts";
import { type DeepChatElement, drawnService, type RealtimeService, watchRemoval } from "./element.ts";
import type { BridgeState, DeepChatBridge, DeepChatOptions } from "./options.ts";
import { openSession, type Session } from "./session.ts";

const bridges = new WeakMap<HTMLElement, DeepChatBridge>();

/**
 * Connects a `<deep-chat>` element with the broker. Call it before the element is drawn, in the module that
 * imports Deep Chat, and leave the element's `directConnection` to it. Deep Chat's own start button and `start()`
 * do the same. Connecting an element again closes the bridge it had.
 */
export const connectDeepChat = (
  element: HTMLElement,
  broker: VoiceBroker,
  options: DeepChatOptions = {},
): DeepChatBridge => {
  bridges.get(element)?.close();
  const deepChat: DeepChatElement = element;
  const closing = new AbortController();
  let state: BridgeState = "idle";
  let session: Session | undefined;
  let isStartRequested = false;
  let openFor: (() => Session) | undefined;
  let nameToggle: ((state: BridgeState) => void) | undefined;

  const notify = notifier(options);
  const become = (next: BridgeState): void => {
    if (next === state) return;
    state = next;
    nameToggle?.(next);
    notify("onState", next);
  };

  const open = (service: RealtimeService, stopDeepChat: () => void): Session => {
    become("connecting");
    showProblem(service, "");
    const opened = openSession({
      broker,
      options,
      notify,
      onLive: () => become("live"),
      onOver: (problem) => {
        session = undefined;
        // Otherwise the next start would use an expired key, or wait for one that never arrives.
        service._ephemeralKey = service._retrievingEphemeralKey = undefined;
        service.hideLoading();
        service._toggleButton.changeToDefault();
        if (problem) {
          showProblem(service, problem.userMessage);
          // biome-ignore lint/suspicious/noConsole: the developer's words, which the page does not show
          console.warn(problem.message);
        }
        stopDeepChat();
        const hasFailed = problem !== undefined && !(problem instanceof SessionEnded);
        become(hasFailed ? "failed" : "stopped");
        if (problem instanceof SessionEnded) notify("onEnd", problem.end);
        else if (problem) notify("onError", problem);
      },
    });
    watchRemoval(element, () => opened.end(), opened.signal);
    return opened;
  };

  // Replaces methods of this element's service only, not of its class.
  const take = (service: RealtimeService): void => {
    const { init, stop } = service;
    openFor = () => open(service, () => stop.call(service));
    service.init = async (key) => {
      service._ephemeralKey = service._retrievingEphemeralKey = undefined;
      session?.connect(service, () => init.call(service, key));
    };
    service.stop = () => session?.end();
    service.displayError = () =>
      session?.end(new VoiceError("deep-chat-failed", "Deep Chat could not go on."));
    nameToggle = nameParts(service, options.labels, closing.signal);
    nameToggle(state);
    closing.signal.addEventListener("abort", () => {
      for (const name of ["init", "stop", "displayError", "monitorFrequencies"])
        Reflect.deleteProperty(service, name);
    });
  };

  // Deep Chat calls it at every start, because the bridge leaves it no key.
  const fetchEphemeralKey = async (): Promise<string> => {
    if (!openFor || closing.signal.aborted)
      throw new Error("this element is no longer connected with a broker");
    session?.end();
    session = openFor();
    return session.key;
  };

  const prepare = async (): Promise<RealtimeService | undefined> => {
    await customElements.whenDefined(element.localName);
    customElements.upgrade(element);
    sizeElement(deepChat, options.style);
    deepChat._activeService = undefined;
    const drawn = drawnService(deepChat, closing.signal);
    deepChat.directConnection = {
      openAI: { realtime: { ...realtimeLooks(options.realtime), fetchEphemeralKey } },
    };
    const service = await drawn;
    if (service) take(service);
    return service;
  };
  const prepared = prepare();

  const bridge: DeepChatBridge = {
    async start() {
      isStartRequested = true;
      const service = await prepared;
      if (!isStartRequested || !service || closing.signal.aborted) return;
      if (!session) service._toggleButton.elementRef.click();
      await session?.settled;
    },
    stop() {
      isStartRequested = false;
      session?.end();
    },
    close() {
      bridge.stop();
      closing.abort();
    },
  };
  bridges.set(element, bridge);
  if (options.autoStart) void bridge.start();
  return bridge;
};
