// Refuses requests whose address or headers are out of proportion; Node itself refuses heads over 16 KiB.
import { Failure } from "../failure.ts";
import type { Door } from "./context.ts";

const MAX_HEADERS = 64;
const MAX_ADDRESS_BYTES = 8192;

/** Throws `address-too-long` or `headers-too-large`. */
export const limitHead: Door = function limitHead(c, next) {
  const { rawHeaders, url = "" } = c.env.incoming;
  if (url.length > MAX_ADDRESS_BYTES) {
    throw new Failure("address-too-long", `An address may have ${MAX_ADDRESS_BYTES} bytes.`);
  }
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    throw new Failure("headers-too-large", `A request may have ${MAX_HEADERS} headers.`);
  }
  return next();
};
