// Model names in configuration, with wildcards. Pure.

/** Whether one of the names matches the model; `*` at the end of a name matches anything. */
export const namesModel = (names: readonly string[], model: string): boolean =>
  names.some((name) => (name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : model === name));
