// Where the operator's token is: in this page's memory, or in the tab's storage where the operator wants that.
const NAME = "broker-operator-token";

/** Storage may be forbidden, as in private windows of some browsers. */
const storage = (): Storage | undefined => {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
};

export const readToken = (): string | undefined => storage()?.getItem(NAME) ?? undefined;

export const keepToken = (token: string): void => storage()?.setItem(NAME, token);

export const forgetToken = (): void => storage()?.removeItem(NAME);

/** The token in `#token=…`, taken out of the address: a fragment reaches no server, but would be bookmarked. */
export const takeTokenFromAddress = (): string | undefined => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
  if (token !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return token;
};
