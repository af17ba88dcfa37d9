// Divides what is admitted evenly between clients: those that ask for less than an even part get all of it.

/** So many clients are told apart; those beyond get no part of their own. */
const MOST_CLIENTS = 10_000;

export class EvenParts {
  readonly #asked = new Map<string, number>();
  #total = 0;
  /** How many requests each client may send until `renew`. */
  #part = 0;

  /** Counts a request, and says whether it is within the client's even part. */
  contains(client: string): boolean {
    this.#total += 1;
    const asked = (this.#asked.get(client) ?? 0) + 1;
    if (asked === 1 && this.#asked.size >= MOST_CLIENTS) return false;
    this.#asked.set(client, asked);
    return asked <= this.#part;
  }

  /** Begins to count anew. The part is that of as many clients and requests as before, of which `share` percent are admitted. */
  renew(share: number): void {
    const clients = this.#asked.size;
    this.#part = clients === 0 ? 0 : Math.floor((this.#total * share) / 100 / clients);
    this.#asked.clear();
    this.#total = 0;
  }
}
