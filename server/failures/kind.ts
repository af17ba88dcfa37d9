// An entry of the catalogue of refusals.

export interface Kind {
  status: number;
  title: string;
  /** What the caller can do, as `/problems/<code>` says it. */
  advice: string;
}
