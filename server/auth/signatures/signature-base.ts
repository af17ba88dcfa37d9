// HTTP Message Signatures (RFC 9421): parses the signature of a request, and builds the text that it must have signed.
import type { IncomingHttpHeaders } from "node:http";
import { type InnerList, isInnerList, parseDictionary, serializeInnerList } from "structured-headers";

export interface SignedRequest {
  method: string;
  /** Path and query as they came. */
  target: string;
  headers: IncomingHttpHeaders;
}

export interface MessageSignature {
  signature: Uint8Array;
  /** The covered components, such as `@method` or `content-digest`. */
  components: readonly string[];
  keyId: string;
  nonce: string;
  /** Unix seconds. */
  created: number;
  expires: number | undefined;
  /** The text that is signed. */
  base: string;
}

/** The request's signature cannot be parsed. The message is for the log only. */
export class BadSignature extends Error {
  override readonly name = "BadSignature";
}

/** Reads the one signature of a request. Throws `BadSignature`. */
export const readSignature = (request: SignedRequest): MessageSignature => {
  const inputs = dictionary(request.headers, "signature-input");
  const signatures = dictionary(request.headers, "signature");
  const [entry, ...more] = inputs;
  if (!entry || more.length > 0 || signatures.size !== 1)
    throw new BadSignature("there must be one signature");
  const [label, input] = entry;
  const [signature] = signatures.get(label) ?? [];
  if (!isInnerList(input) || !(signature instanceof ArrayBuffer)) {
    throw new BadSignature("Signature-Input and Signature do not belong together");
  }
  const [items, parameters] = input;
  const components = items.map(([name, flags]) => {
    // Flags (;sf, ;key, ;req …) change what is covered. None are supported.
    if (typeof name !== "string" || flags.size > 0) throw new BadSignature("a component has parameters");
    return name;
  });
  if (new Set(components).size !== components.length) throw new BadSignature("a component is covered twice");
  const algorithm = parameters.get("alg");
  if (algorithm !== undefined && algorithm !== "hmac-sha256")
    throw new BadSignature("alg is not hmac-sha256");
  return {
    signature: new Uint8Array(signature),
    components,
    keyId: text(parameters, "keyid"),
    nonce: text(parameters, "nonce"),
    created: seconds(parameters, "created"),
    expires: parameters.has("expires") ? seconds(parameters, "expires") : undefined,
    base: signatureBase(request, components, input),
  };
};

const signatureBase = (request: SignedRequest, components: readonly string[], input: InnerList): string =>
  [
    ...components.map((name) => `"${name}": ${componentOf(request, name)}`),
    `"@signature-params": ${serializeInnerList(input)}`,
  ].join("\n");

const componentOf = ({ method, target, headers }: SignedRequest, name: string): string => {
  const mark = target.indexOf("?");
  switch (name) {
    case "@method":
      return method;
    case "@path":
      return (mark === -1 ? target : target.slice(0, mark)) || "/";
    case "@query":
      return mark === -1 ? "?" : target.slice(mark);
    default: {
      // Components with the host in them would differ behind a proxy that changes it.
      if (name.startsWith("@")) throw new BadSignature(`the component ${name} cannot be checked here`);
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      if (value === undefined) throw new BadSignature(`the covered header ${name} is not there`);
      return [value].flat().join(", ").trim();
    }
  }
};

const dictionary = (headers: IncomingHttpHeaders, name: string) => {
  try {
    return parseDictionary([headers[name] ?? ""].flat().join(", "));
  } catch (cause) {
    throw new BadSignature(`the header ${name} cannot be read`, { cause });
  }
};

type Parameters = ReadonlyMap<string, unknown>;

const text = (parameters: Parameters, name: string): string => {
  const value = parameters.get(name);
  if (typeof value !== "string" || value === "") throw new BadSignature(`the parameter ${name} is missing`);
  return value;
};

const seconds = (parameters: Parameters, name: string): number => {
  const value = parameters.get(name);
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new BadSignature(`the parameter ${name} is missing, or is no time`);
  }
  return value;
};
