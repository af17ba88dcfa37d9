// The port to the network below HTTP: names, connections, certificates.

/** A host and port of an upstream address. */
export interface Place {
  host: string;
  port: number;
  isTls: boolean;
}

export interface Certificate {
  /** The common name of whom it was made for, and of who made it. */
  subject: string;
  issuer: string;
  /** The names that it is valid for, such as `DNS:api.openai.com`. */
  names: string;
  /** In milliseconds since 1970. */
  validFrom: number;
  validTo: number;
}

export interface Handshake {
  certificate: Certificate;
  /** Node's code of why it is not trusted, such as `CERT_HAS_EXPIRED`; undefined where it is. */
  distrust: string | undefined;
}

/** Each method rejects with the system's error, which has a `code`. */
export interface Network {
  lookUp(host: string): Promise<readonly string[]>;
  /** Connects to one address, and closes. Resolves to how long it took, in milliseconds. */
  connect(address: string, port: number, signal: AbortSignal): Promise<number>;
  /** Opens a tunnel through the configured proxy, and closes. Resolves to how long it took. */
  tunnel(place: Place): Promise<number>;
  /** Begins TLS, through the proxy where there is one, and closes; nothing else is sent, so a server that is not trusted learns nothing. */
  handshake(place: Place, signal: AbortSignal): Promise<Handshake>;
}

export const placeOf = (baseUrl: string): Place => {
  const { protocol, hostname, port } = new URL(baseUrl);
  const isTls = protocol === "https:";
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (isTls ? 443 : 80), isTls };
};

/** `api.openai.com`, with its port where it is not the protocol's own. */
export const nameOfPlace = ({ host, port, isTls }: Place): string => {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (isTls ? 443 : 80) ? name : `${name}:${port}`;
};

/** The system's code of an error, such as `ENOTFOUND`; "" where it has none. */
export const codeOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? codeOf(error.cause) : "";
};
