// The service accounts and keys of projects, as OpenAI's admin API makes, lists and deletes them.
import { OpenAiError } from "../http/openai-error.ts";

export interface ProjectKey {
  id: string;
  name: string;
  project: string;
  /** Undefined for the key of a person. */
  account: ServiceAccount | undefined;
  value: string;
  /** Unix seconds. */
  createdAt: number;
}

export interface ServiceAccount {
  id: string;
  name: string;
  project: string;
  /** Unix seconds. */
  createdAt: number;
}

/** The project of keys that no admin made: they are listed there once they were used. */
const FIRST_PROJECT = "proj_default";
const MOST_USED_KEYS = 100;

export class ProjectKeys {
  #accounts: ServiceAccount[] = [];
  #keys: ProjectKey[] = [];
  readonly #deleted = new Set<string>();
  readonly #now: () => number;
  readonly #randomId: (prefix: string) => string;

  constructor(now: () => number, randomId: (prefix: string) => string) {
    this.#now = now;
    this.#randomId = randomId;
  }

  /** Whether the key was made by an admin, or deleted by one; `unknown` for all others. */
  stateOf(value: string): "made" | "deleted" | "unknown" {
    if (this.#deleted.has(value)) return "deleted";
    return this.#keys.some((key) => key.value === value && key.account) ? "made" : "unknown";
  }

  /** Notes a key that no admin made, so that it can be found and deleted. */
  noteUsed(value: string): void {
    if (this.#keys.length < MOST_USED_KEYS && !this.#keys.some((key) => key.value === value)) {
      this.#add("used here", FIRST_PROJECT, undefined, value);
    }
  }

  createAccount(project: string, name: string): ServiceAccount {
    const account = { id: this.#randomId("user"), name, project, createdAt: this.#seconds() };
    this.#accounts.push(account);
    return account;
  }

  createKey(account: ServiceAccount, name: string): ProjectKey {
    return this.#add(name, account.project, account, this.#randomId("sk-svcacct"));
  }

  accounts(project: string): readonly ServiceAccount[] {
    return this.#accounts.filter((account) => account.project === project);
  }

  keys(project: string): readonly ProjectKey[] {
    return this.#keys.filter((key) => key.project === project);
  }

  account(project: string, id: string): ServiceAccount {
    const found = this.accounts(project).find((account) => account.id === id);
    if (!found) throw new OpenAiError(404, null, `No such service account: ${id}.`);
    return found;
  }

  key(project: string, id: string): ProjectKey {
    const found = this.keys(project).find((key) => key.id === id);
    if (!found) throw new OpenAiError(404, null, `No such API key: ${id}.`);
    return found;
  }

  /** Its keys go with it. */
  deleteAccount(account: ServiceAccount): void {
    for (const key of this.#keys.filter((each) => each.account === account)) this.deleteKey(key);
    this.#accounts = this.#accounts.filter((each) => each !== account);
  }

  deleteKey(key: ProjectKey): void {
    this.#deleted.add(key.value);
    this.#keys = this.#keys.filter((each) => each !== key);
  }

  #add(name: string, project: string, account: ServiceAccount | undefined, value: string): ProjectKey {
    const id = this.#randomId("key");
    const key = { id, name, project, account, value, createdAt: this.#seconds() };
    this.#keys.push(key);
    return key;
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}
