// What operators do with users over HTTP. Each change says whether there was such a user.
import type { Clock } from "../../clock.ts";
import type { TokenHasher } from "./token-hash.ts";
import { changeUser, type UserChange } from "./user-change.ts";
import { newUserToken, type RandomBytes } from "./user-token.ts";
import type { ListedUser, NewUser, Users } from "./users.ts";

export interface ManageUsersPorts {
  users: Users;
  hasher: TokenHasher;
  randomBytes: RandomBytes;
  clock: Pick<Clock, "now">;
}

export interface UserManagement {
  list(): Promise<ListedUser[]>;
  /** Answers the first token; undefined where the name is taken. */
  add(user: NewUser): Promise<string | undefined>;
  /** Answers the new token, undefined without such a user. The others end after `overlapMs`. */
  rotate(name: string, overlapMs: number): Promise<string | undefined>;
  change(name: string, change: UserChange): Promise<boolean>;
  disable(name: string): Promise<boolean>;
  enable(name: string): Promise<boolean>;
}

export const manageUsers = ({ users, hasher, randomBytes, clock }: ManageUsersPorts): UserManagement => {
  const newToken = () => {
    const token = newUserToken(randomBytes);
    return { text: token.text, stored: { prefix: token.prefix, ...hasher.hash(token) } };
  };
  return {
    list: users.list,
    add: async (user) => {
      const { text, stored } = newToken();
      return (await users.add(user, stored, clock.now())) ? text : undefined;
    },
    rotate: async (name, overlapMs) => {
      const { text, stored } = newToken();
      const now = clock.now();
      return (await users.rotate(name, stored, now, now + overlapMs)) ? text : undefined;
    },
    change: async (name, change) => (await users.change(name, changeUser(change))) !== undefined,
    disable: (name) => users.disable(name, clock.now()),
    enable: users.enable,
  };
};
