// How a request arrived at the service, as it tells `broker doctor`.
import { z } from "zod";

export const seenRequestSchema = z.object({
  /** The client's address, as far as trusted proxies tell. */
  address: z.string(),
  /** Who the connection is from: the proxy, where there is one. */
  peer: z.string(),
  /** Whether the peer is a trusted proxy. */
  is_trusted: z.boolean(),
  /** Whether that proxy says that the client came by https. */
  is_https: z.boolean(),
  host: z.string().nullable(),
  /** The names of the headers with which proxies tell where a request came from. */
  forwarding_headers: z.array(z.string()),
  /** What the header Upgrade asks for. */
  upgrade: z.string().nullable(),
  /** As the service is configured. */
  base_path: z.string(),
});

export type SeenRequest = z.output<typeof seenRequestSchema>;

export const forwardingHeaders = [
  ...["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"],
  ...["x-real-ip", "cf-connecting-ip", "true-client-ip"],
] as const;
