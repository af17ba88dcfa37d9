// Trusts certificate authorities beside Node's own, in all connections of this thread: databases, Redis and HTTP clients alike.
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/** `certificates` are PEM, each by itself. */
export const trustAlso = (certificates: readonly string[]): void =>
  setDefaultCACertificates([...getCACertificates("default"), ...certificates]);
