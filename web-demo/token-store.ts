// Takes the caller's token from the address that brought it, and keeps it for this tab and nowhere else.

const NAME = "realtime-key-broker.token";

export interface TokenStore {
  read(): string | undefined;
  keep(token: string): void;
  forget(): void;
}

/** Over session storage; where the browser refuses storage, over memory. */
export const tokenStore = (storage: () => Storage): TokenStore => {
  let kept: string | undefined;
  const attempt = (use: (storage: Storage) => void): void => {
    try {
      use(storage());
    } catch {
      // Storage is switched off; memory serves until the tab is closed.
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

/** The token of an address such as `/#token=…`. Browsers send a fragment to no server. */
export const tokenInFragment = (fragment: string): string | undefined =>
  /^#token=([\w.~+/=-]+)$/.exec(fragment)?.[1];
