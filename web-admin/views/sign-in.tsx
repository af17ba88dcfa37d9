// Asks who is there: by a pasted token, or at the identity provider.
import { useState } from "preact/hooks";
import type { SignIn as Ways } from "../api/answers.ts";
import { useFocus } from "../state/use-focus.ts";
import { Mark } from "./mark.tsx";

interface Props {
  ways: Ways;
  /** Why the last token did not do. */
  refusal: string | undefined;
  onToken(token: string, isKept: boolean): void;
  onOpenId(): void;
}

export const SignIn = ({ ways, refusal, onToken, onOpenId }: Props) => {
  const [token, setToken] = useState("");
  const [isKept, setKept] = useState(false);
  const field = useFocus<HTMLInputElement>();
  return (
    <main class="gate" id="content">
      <section class="card" aria-labelledby="gate-title">
        <Mark />
        <h1 id="gate-title">Operator</h1>
        <p class="note">Who used what, what it cost, and who may.</p>
        {!ways.configured && (
          <p class="hint">
            No caller is an operator yet. Name one in broker.yaml:{" "}
            <code>
              operators: {"{"} allow: [user:YOU] {"}"}
            </code>
          </p>
        )}
        <div role="alert">{refusal && <p class="refusal">{refusal}</p>}</div>
        {ways.openid && (
          <>
            <button type="button" class="primary wide" onClick={onOpenId}>
              Sign in with {new URL(ways.openid.issuer).host}
            </button>
            <p class="or">or</p>
          </>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (token.trim() !== "") onToken(token.trim(), isKept);
          }}
        >
          <label for="token">Access token</label>
          <input
            id="token"
            type="password"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            required
            ref={field}
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={isKept}
              onChange={({ currentTarget }) => setKept(currentTarget.checked)}
            />
            Keep it for this tab, so that reloading does not ask again
          </label>
          <button type="submit" class={ways.openid ? "secondary wide" : "primary wide"}>
            Use token
          </button>
        </form>
      </section>
    </main>
  );
};
