// The caller's token: read from the address, kept for this tab only.

const NAME = "realtime-key-broker.token";

export interface TokenStore {
  read(): string | undefined;
  keep(token: string): void;
  forget(): void;
}

/** Uses session storage, or memory where the browser denies storage. */
export const tokenStore = (storage: () => Storage): TokenStore => {
  let kept: string | undefined;
  const attempt = (use: (storage: Storage) => void): void => {
    try {
      use(storage());
    } catch {
      // Storage is switched off: memory keeps it until the tab is closed.
    }
  };
  attempt((store) => {
    kept = store.getItem(NAME) ?? undefined;
  });
  return {
    read: () => kept,
    keep: (token) => {
      kept = token;
      attempt((store) => store.setItem(NAME, token));
    },
    forget: () => {
      kept = undefined;
      attempt((store) => store.removeItem(NAME));
    },
  };
};

/** The token of an address such as `/#token=…`. Browsers never send the fragment to a server. */
export const tokenInFragment = (fragment: string): string | undefined =>
  /^#token=([\w.~+/=-]+)$/.exec(fragment)?.[1];
