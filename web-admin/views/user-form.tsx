// Asks what a user is to have: a new one, or one there is.
import { useState } from "preact/hooks";
import type { User } from "../api/answers.ts";
import type { Problem } from "../api/api.ts";
import { Dialog } from "./dialog.tsx";
import { Trouble } from "./trouble.tsx";

export interface UserDecision {
  name: string;
  team: string | null;
  roles: string[];
  /** Null where each profile's own list decides. */
  profiles: string[] | null;
  limits: Record<string, string>;
}

interface Props {
  /** The user to change; a new one where it is left out. */
  user?: User;
  profiles: readonly string[];
  refused: Problem | undefined;
  onDecided(decision: UserDecision): void;
  onClose(): void;
}

const kinds = [
  ["mints", "Keys"],
  ["tool_calls", "Tool calls"],
  ["relays", "Relayed requests"],
] as const;

export const UserForm = ({ user, profiles, refused, onDecided, onClose }: Props) => {
  const [name, setName] = useState(user?.name ?? "");
  const [team, setTeam] = useState(user?.team ?? "");
  const [roles, setRoles] = useState(user?.roles.join(", ") ?? "");
  const [chosen, setChosen] = useState<readonly string[] | null>(user?.profiles ?? null);
  const [limits, setLimits] = useState<Record<string, string>>(user?.limits ?? {});
  const submit = (event: Event) => {
    event.preventDefault();
    onDecided({
      name: name.trim(),
      team: team.trim() || null,
      roles: roles.split(/[\s,]+/).filter((role) => role !== ""),
      profiles: chosen && [...chosen],
      limits: Object.fromEntries(Object.entries(limits).filter(([, rates]) => rates.trim() !== "")),
    });
  };
  return (
    <Dialog title={user ? `Change ${user.name}` : "Add user"} kind="modal" onClose={onClose}>
      <form onSubmit={submit}>
        {refused && <Trouble problem={refused} />}
        {!user && (
          <label>
            Name
            <input
              required
              value={name}
              maxLength={64}
              placeholder="alice"
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
          </label>
        )}
        <div class="pair">
          <label>
            Team
            <input
              value={team}
              maxLength={64}
              placeholder="none"
              onInput={({ currentTarget }) => setTeam(currentTarget.value)}
            />
          </label>
          <label>
            Roles
            <input
              value={roles}
              placeholder="none"
              onInput={({ currentTarget }) => setRoles(currentTarget.value)}
            />
          </label>
        </div>
        <fieldset>
          <legend>Profiles</legend>
          <label class="check">
            <input
              type="checkbox"
              checked={chosen === null}
              onChange={({ currentTarget }) => setChosen(currentTarget.checked ? null : [])}
            />
            Those whose own list lets the user in
          </label>
          {chosen !== null &&
            profiles.map((profile) => (
              <label class="check" key={profile}>
                <input
                  type="checkbox"
                  checked={chosen.includes(profile)}
                  onChange={({ currentTarget: { checked } }) =>
                    setChosen(checked ? [...chosen, profile] : chosen.filter((each) => each !== profile))
                  }
                />
                {profile}
              </label>
            ))}
        </fieldset>
        <fieldset>
          <legend>Own limits</legend>
          <p class="note">
            Such as 5 per minute, 100 per day; none for no limit; empty for those of the roles.
          </p>
          {kinds.map(([kind, words]) => (
            <label key={kind} class="beside">
              {words}
              <input
                value={limits[kind] ?? ""}
                onInput={({ currentTarget }) => setLimits({ ...limits, [kind]: currentTarget.value })}
              />
            </label>
          ))}
        </fieldset>
        <p class="buttons">
          <button type="button" class="secondary" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {user ? "Save" : "Add and show the token"}
          </button>
        </p>
      </form>
    </Dialog>
  );
};
