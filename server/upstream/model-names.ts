// Lists of models as operators write them.

/** Whether one of the names is the model's; `*` at the end of a name stands for anything. */
export const namesModel = (names: readonly string[], model: string): boolean =>
  names.some((name) => (name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : model === name));
