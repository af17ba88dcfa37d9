// Users: who there is, adding one, and what can be done with each.
import { useState } from "preact/hooks";
import type { User, UserList, UserToken } from "../api/answers.ts";
import { type Api, ApiError, type Problem } from "../api/api.ts";
import { useLoaded } from "../state/use-loaded.ts";
import { RotateForm } from "./rotate-form.tsx";
import { TokenOnce } from "./token-once.tsx";
import { Trouble } from "./trouble.tsx";
import { type UserDecision, UserForm } from "./user-form.tsx";
import { UserTable } from "./user-table.tsx";

type Open =
  | { kind: "add" }
  | { kind: "change"; user: User }
  | { kind: "rotate"; user: User }
  | { kind: "token"; token: UserToken };

export const Users = ({ api }: { api: Api }) => {
  const { data, problem, refresh } = useLoaded("users", (signal) =>
    api.get<UserList>("admin/api/users", signal),
  );
  const [open, setOpen] = useState<Open>();
  const [refused, setRefused] = useState<Problem>();
  const [said, setSaid] = useState("");
  const close = () => {
    setOpen(undefined);
    setRefused(undefined);
  };
  /** Does it, says so, and shows the users as they are then. */
  const act = async <T,>(
    work: Promise<T>,
    words: string,
    then: (answer: T) => void = close,
  ): Promise<void> => {
    setRefused(undefined);
    try {
      const answer = await work;
      setSaid(words);
      then(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefused(error.problem);
    }
    refresh();
  };
  const showToken = (token: UserToken) => setOpen({ kind: "token", token });
  const pathOf = ({ name }: User) => `admin/api/users/${encodeURIComponent(name)}`;
  const actions = {
    add: ({ name, ...decided }: UserDecision) =>
      act(
        api.send<UserToken>("POST", "admin/api/users", { name, ...decided }),
        `${name} was added.`,
        showToken,
      ),
    change: (user: User, { name: _, ...decided }: UserDecision) =>
      act(api.send("PATCH", pathOf(user), decided), `${user.name} was changed.`),
    rotate: (user: User, seconds: number) =>
      act(
        api.send<UserToken>("POST", `${pathOf(user)}/token`, { overlap_seconds: seconds }),
        `${user.name} has a new token.`,
        showToken,
      ),
    setDisabled: (user: User, disabled: boolean) =>
      act(
        api.send("PATCH", pathOf(user), { disabled }),
        `${user.name} is ${disabled ? "disabled" : "enabled"}.`,
      ),
  };
  return (
    <section class="card users" aria-labelledby="users-title">
      <header>
        <div>
          <h2 id="users-title">Users</h2>
          <p class="note">
            Callers whose tokens are made here. Others come with broker.yaml or your identity provider.
          </p>
        </div>
        <button type="button" class="primary" disabled={!data} onClick={() => setOpen({ kind: "add" })}>
          Add user
        </button>
      </header>
      <p class="said" role="status">
        {said}
      </p>
      {problem && <Trouble problem={problem} onRetry={refresh} />}
      {refused && !open && <Trouble problem={refused} />}
      {data &&
        (data.users.length === 0 ? (
          <p class="nothing">No users yet. Add one, and give them the token that is shown once.</p>
        ) : (
          <UserTable
            users={data.users}
            onChange={(user) => setOpen({ kind: "change", user })}
            onRotate={(user) => setOpen({ kind: "rotate", user })}
            onDisable={(user, disabled) => void actions.setDisabled(user, disabled)}
          />
        ))}
      {open?.kind === "add" && data && (
        <UserForm
          profiles={data.profiles}
          refused={refused}
          onClose={close}
          onDecided={(decision) => void actions.add(decision)}
        />
      )}
      {open?.kind === "change" && data && (
        <UserForm
          user={open.user}
          profiles={data.profiles}
          refused={refused}
          onClose={close}
          onDecided={(decision) => void actions.change(open.user, decision)}
        />
      )}
      {open?.kind === "rotate" && (
        <RotateForm
          user={open.user}
          refused={refused}
          onClose={close}
          onDecided={(seconds) => void actions.rotate(open.user, seconds)}
        />
      )}
      {open?.kind === "token" && <TokenOnce token={open.token} onClose={close} />}
    </section>
  );
};
