// All users as rows, with what can be done with each.
import type { User } from "../api/answers.ts";
import { ago } from "../format/format.ts";
import { Scroller } from "./scroller.tsx";

interface Props {
  users: readonly User[];
  onChange(user: User): void;
  onRotate(user: User): void;
  onDisable(user: User, disabled: boolean): void;
}

const levels = { active: "fine", disabled: "danger", "without a token": "warning" } as const;

export const UserTable = ({ users, onChange, onRotate, onDisable }: Props) => {
  const now = Date.now();
  return (
    <Scroller label="Users, as a table">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Team</th>
            <th scope="col">Roles</th>
            <th scope="col">Profiles</th>
            <th scope="col">Own limits</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.name}>
              <th scope="row">{user.name}</th>
              <td>
                <span class={`state ${levels[user.state]}`}>{user.state}</span>
              </td>
              <td>{user.team ?? "–"}</td>
              <td>{user.roles.join(", ") || "–"}</td>
              <td>{user.profiles ? user.profiles.join(", ") || "none" : "as they allow"}</td>
              <td>{limitsOf(user)}</td>
              <td>{user.last_used_at === null ? "never" : ago(user.last_used_at, now)}</td>
              <td class="actions">
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Change ${user.name}`}
                  onClick={() => onChange(user)}
                >
                  Change
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`New token for ${user.name}`}
                  onClick={() => onRotate(user)}
                >
                  New token
                </button>
                {user.state === "disabled" ? (
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Enable ${user.name}`}
                    onClick={() => onDisable(user, false)}
                  >
                    Enable
                  </button>
                ) : (
                  <button
                    type="button"
                    class="quiet danger"
                    aria-label={`Disable ${user.name}`}
                    onClick={() => onDisable(user, true)}
                  >
                    Disable
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
};

const limitWords: Record<string, string> = { mints: "keys", tool_calls: "tool calls", relays: "relays" };

const limitsOf = ({ limits }: User): string =>
  Object.entries(limits)
    .map(([kind, rates]) => `${limitWords[kind] ?? kind} ${rates}`)
    .join("; ") || "–";
