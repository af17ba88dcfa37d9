// What the catalogue of refusals says of each.

export interface Kind {
  status: number;
  title: string;
  /** What the reader of `/problems/<code>` is told to do. */
  advice: string;
}
