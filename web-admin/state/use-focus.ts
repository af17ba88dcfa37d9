// Puts the focus on an element when it appears.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

export const useFocus = <T extends HTMLElement>(): RefObject<T | null> => {
  const element = useRef<T>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
};
