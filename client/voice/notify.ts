// Calls the page's own listeners.

/** What the listener of that name is given. */
type Told<Listeners, Name extends keyof Listeners> =
  NonNullable<Listeners[Name]> extends (value: infer Value) => unknown ? Value : never;

export type Notify<Listeners> = <Name extends keyof Listeners>(
  name: Name,
  value: Told<Listeners, Name>,
) => void;

/** An error thrown by a listener is reported to the page, and does not end the session. */
export const notifier =
  <Listeners extends object>(listeners: Listeners): Notify<Listeners> =>
  (name, value) => {
    try {
      (listeners[name] as ((value: unknown) => void) | undefined)?.call(listeners, value);
    } catch (cause) {
      reportError(cause);
    }
  };
