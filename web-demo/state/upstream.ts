// Which service the browser connects to, by the address that came with the key.

export interface UpstreamBadge {
  name: string;
  host: string;
  kind: "openai" | "other";
}

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
const isOf = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/** Names the service behind an address such as `connect.webrtc`. */
export const upstreamBadge = (address: string): UpstreamBadge => {
  const { hostname, host, protocol } = new URL(address);
  const isTls = protocol === "https:";
  if (isTls && isOf(hostname, "api.openai.com")) return { name: "OpenAI", host, kind: "openai" };
  if (isTls && isOf(hostname, "openai.azure.com")) return { name: "Azure OpenAI", host, kind: "openai" };
  if (loopback.test(hostname)) return { name: "Local emulator", host, kind: "other" };
  return { name: "Not OpenAI", host, kind: "other" };
};
