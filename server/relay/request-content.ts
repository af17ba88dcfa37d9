// What stands in a request's body, for moderation and the cache key.

/** One field of a form; without a value where it is a file. */
export interface FormField {
  name: string;
  value: string | undefined;
}

/** A JSON value, the fields of a form, or neither. */
export interface RequestContent {
  json: unknown;
  fields: readonly FormField[] | undefined;
}
