// The whole page: signs in, then shows the view that the address names.
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { SignIn as Ways } from "../api/answers.ts";
import { type Api, ApiError, createApi, readOpenly } from "../api/api.ts";
import { forgetToken, keepToken, readToken, takeTokenFromAddress } from "../session/token.ts";
import { type Shown as Address, type View, views } from "../state/address.ts";
import { addressOf, type Go, useAddress } from "../state/use-address.ts";
import { Mark } from "./mark.tsx";
import { Sessions } from "./sessions.tsx";
import { SignIn } from "./sign-in.tsx";
import { Trouble } from "./trouble.tsx";
import { Usage } from "./usage.tsx";
import { Users } from "./users.tsx";

const viewWords: Record<View, string> = {
  ...{ overview: "Overview", requests: "Requests", sessions: "Sessions", users: "Users" },
};

export const App = () => {
  const [shown, go] = useAddress();
  const [token, setToken] = useState(() => takeTokenFromAddress() ?? readToken());
  const [isKept, setKept] = useState(() => readToken() !== undefined);
  const [refusal, setRefusal] = useState<string>();
  const { ways, trouble, begin } = useSignIn(setToken, setRefusal);
  const leave = useCallback((reason?: string) => {
    forgetToken();
    setToken(undefined);
    setRefusal(reason);
  }, []);
  const api = useMemo(() => token && createApi(token, (status) => leave(refusals[status])), [token, leave]);
  useEffect(() => {
    if (token && isKept) keepToken(token);
  }, [token, isKept]);
  useEffect(() => {
    // The page may be open already when a link with a token is followed.
    const take = () => setToken((before) => takeTokenFromAddress() ?? before);
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  if (trouble) return <Trouble problem={trouble} onRetry={() => location.reload()} />;
  if (!ways) return null;
  if (!api) {
    const use = (pasted: string, keep: boolean) => {
      setRefusal(undefined);
      setKept(keep);
      setToken(pasted);
    };
    return <SignIn ways={ways} refusal={refusal} onToken={use} onOpenId={begin} />;
  }
  return (
    <>
      <header class="top">
        <Mark />
        <h1>
          Operator<span class="visually-hidden">: {viewWords[shown.view]}</span>
        </h1>
        <nav aria-label="Views">
          {views.map((view) => (
            <a
              key={view}
              href={addressOf(shown, { view, request: undefined })}
              aria-current={view === shown.view ? "page" : undefined}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                go({ view, request: undefined });
              }}
            >
              {viewWords[view]}
            </a>
          ))}
        </nav>
        <button type="button" class="quiet leave" onClick={() => leave()}>
          Sign out
        </button>
      </header>
      <main id="content">
        <Shown api={api} shown={shown} go={go} />
      </main>
    </>
  );
};

const Shown = ({ api, shown, go }: { api: Api; shown: Address; go: Go }) => {
  switch (shown.view) {
    case "users":
      return <Users api={api} />;
    case "sessions":
      return <Sessions api={api} timeZone={shown.timeZone} />;
    case "overview":
    case "requests":
      return <Usage api={api} shown={shown} go={go} />;
  }
};

const refusals: Record<number, string> = {
  401: "That token is not known here, or has ended.",
  403: "You are known here, but you are no operator. Ask the people who run this service to add you to operators.allow in broker.yaml.",
};

/** How operators may sign in, and the end of a sign-in that was begun. */
const useSignIn = (onToken: (token: string) => void, onRefusal: (reason: string) => void) => {
  const [ways, setWays] = useState<Ways>();
  const [trouble, setTrouble] = useState<ApiError["problem"]>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    void start();
  }, []);
  const failed = (error: unknown) =>
    onRefusal(
      `The identity provider did not sign you in: ${error instanceof Error ? error.message : String(error)}`,
    );
  const start = async (): Promise<void> => {
    try {
      const read = await readOpenly<Ways>("admin/api/sign-in");
      const { openid } = read;
      if (openid && new URLSearchParams(location.search).has("state")) {
        // Loaded where it is needed only.
        const { finishSignIn } = await import("../session/openid.ts");
        await finishSignIn(openid).then(onToken, failed);
      }
      setWays(read);
    } catch (error) {
      setTrouble(
        error instanceof ApiError
          ? error.problem
          : { status: 0, title: "The service cannot be reached", detail: "Check the connection." },
      );
    }
  };
  const begin = async (): Promise<void> => {
    if (!ways?.openid) return;
    const { beginSignIn } = await import("../session/openid.ts");
    await beginSignIn(ways.openid).catch(failed);
  };
  return { ways, trouble, begin: () => void begin() };
};
