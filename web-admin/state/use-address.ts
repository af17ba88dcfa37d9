// The address as state: changes are entries of the browser's history.
import { useCallback, useEffect, useState } from "preact/hooks";
import { readAddress, type Shown, writeAddress } from "./address.ts";

export type Go = (change: Partial<Shown>) => void;

/** What is shown, and how to show something else. */
export const useAddress = (): [Shown, Go] => {
  const [shown, setShown] = useState(() => readAddress(location.search));
  useEffect(() => {
    const read = () => setShown(readAddress(location.search));
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);
  const go = useCallback((change: Partial<Shown>) => {
    const next = { ...readAddress(location.search), ...change };
    history.pushState(null, "", location.pathname + writeAddress(next));
    setShown(next);
  }, []);
  return [shown, go];
};

/** The address of something else, for links. */
export const addressOf = (shown: Shown, change: Partial<Shown>): string =>
  location.pathname + writeAddress({ ...shown, ...change });
