// New requests as they come, and a moment's notice to load the sums again.
import { useEffect, useRef, useState } from "preact/hooks";
import type { LoggedRequest, RequestList } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { followEvents } from "../api/events.ts";
import { type Filters, filterNames } from "./address.ts";

export interface Live {
  isConnected: boolean;
  /** The newest first; those that came since the page was opened. */
  requests: readonly LoggedRequest[];
}

const MAX_KEPT = 100;
/** How often the sums are loaded again at most. */
const PAUSE_MS = 5000;

/** `onNews` is called when something happened, at most every five seconds, and not while the page is hidden. */
export const useLive = (api: Api, onNews: () => void): Live => {
  const [live, setLive] = useState<Live>({ isConnected: false, requests: [] });
  const news = useRef(onNews);
  news.current = onNews;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const announce = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!document.hidden) news.current();
      }, PAUSE_MS);
    };
    let isFirst = true;
    const follow = () =>
      followEvents(api, "admin/api/events", {
        onConnected: (isConnected) => {
          setLive((before) => ({ ...before, isConnected }));
          if (isConnected && !isFirst) announce();
          isFirst &&= !isConnected;
        },
        onEvent: (name, data) => {
          if (name !== "requests") return;
          const { requests } = data as RequestList;
          setLive((before) => ({
            ...before,
            requests: [...requests, ...before.requests].slice(0, MAX_KEPT),
          }));
          announce();
        },
      });
    // A browser has six connections to an address without HTTP/2: tabs in the background would take them all.
    let stop = document.hidden ? undefined : follow();
    const onVisible = () => {
      isFirst = false;
      stop?.();
      stop = document.hidden ? undefined : follow();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      stop?.();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [api]);
  return live;
};

/** The loaded ones with those that came meanwhile, each once, the newest first. */
export const merged = (
  loaded: readonly LoggedRequest[],
  live: readonly LoggedRequest[],
  filters: Filters,
): LoggedRequest[] => {
  const fitting = live.filter((request) => filterNames.every((name) => fits(request, name, filters[name])));
  const byId = new Map([...fitting, ...loaded].map((request) => [request.id, request]));
  return [...byId.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, MAX_KEPT);
};

const fits = (
  request: LoggedRequest,
  name: (typeof filterNames)[number],
  value: string | undefined,
): boolean => value === undefined || (request[name] ?? "") === value;
