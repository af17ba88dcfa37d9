// Requests that would be answered the same: from the response cache, or with one request to OpenAI for all who wait.
import { type ShareableRequest, SharedRequest, type SharedRequestPorts } from "./shared-request.ts";
import { type Answered, type StartTimer, WaitingCaller } from "./waiting-caller.ts";

/** Resolves when the response begins. Throws what `send` throws, `upstream-timeout` after `waitMs`, or the signal's reason. */
export type SharedRequests = (request: ShareableRequest) => Promise<Answered>;

export interface SharedRequestsPorts extends SharedRequestPorts {
  startTimer: StartTimer;
}

export const createSharedRequests = (ports: SharedRequestsPorts): SharedRequests => {
  const underWay = new Map<string, SharedRequest>();

  const begin = (request: ShareableRequest): SharedRequest => {
    const { key } = request;
    const shared = new SharedRequest(request, ports, () => {
      if (underWay.get(key) === shared) underWay.delete(key);
    });
    underWay.set(key, shared);
    return shared;
  };

  return async (request) => {
    request.signal.throwIfAborted();
    const other = request.mayReuse ? underWay.get(request.key) : undefined;
    const joined = other?.response.isOpen ? other : undefined;
    const shared = joined ?? begin(request);
    return new WaitingCaller(request, shared, joined !== undefined).wait(ports.startTimer);
  };
};
