// The parts of Deep Chat that the bridge uses: names that are unmangled in 2.4.2's bundle and in 2.5.0.

interface DeepChatButton {
  elementRef: HTMLElement;
  changeToDefault(): void;
}

/** Deep Chat's realtime service: made once per element, kept in `_activeService`. */
export interface RealtimeService {
  /** Deep Chat keeps a key for ever, expired or not; so the bridge clears it. */
  _ephemeralKey?: string | undefined;
  _retrievingEphemeralKey?: Promise<string> | undefined;
  _pc: RTCPeerConnection | null;
  _avatarEl: HTMLElement;
  _avatarConfig: { maxScale: number };
  _microphoneButton: DeepChatButton;
  _toggleButton: DeepChatButton;
  _errorElement: HTMLElement;
  _loadingElement: HTMLElement;
  init(key: string): Promise<void>;
  stop(): void;
  displayError(): void;
  hideLoading(): void;
  monitorFrequencies(analyser: AnalyserNode, levels: Uint8Array<ArrayBuffer>): void;
}

export interface DeepChatElement extends HTMLElement {
  directConnection?: { openAI: { realtime: object } };
  _activeService?: RealtimeService | undefined;
}

/** Resolves once Deep Chat has drawn its realtime view into the element; to undefined when aborted. */
export const drawnService = (
  element: DeepChatElement,
  signal: AbortSignal,
): Promise<RealtimeService | undefined> =>
  new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const service = element._activeService;
      if (!service || !element.shadowRoot?.contains(service._toggleButton?.elementRef)) return;
      observer.disconnect();
      resolve(service);
    });
    if (element.shadowRoot) observer.observe(element.shadowRoot, { childList: true, subtree: true });
    signal.addEventListener("abort", () => {
      observer.disconnect();
      resolve(undefined);
    });
  });

/** Detects that the element was removed from the page, also inside shadow trees. Moving it is no removal. */
export const watchRemoval = (element: HTMLElement, gone: () => void, signal: AbortSignal): void => {
  const observer = new MutationObserver(() => {
    if (!element.isConnected) gone();
  });
  for (let node: Node | undefined = element; node; ) {
    const root: Node = node.getRootNode();
    observer.observe(root, { childList: true, subtree: true });
    node = root instanceof ShadowRoot ? root.host : undefined;
  }
  signal.addEventListener("abort", () => observer.disconnect());
};
