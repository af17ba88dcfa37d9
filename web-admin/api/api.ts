// Calls to the service, each with the operator's token in the header Authorization.

export interface Problem {
  status: number;
  title: string;
  detail: string;
  instance?: string;
  errors?: { pointer: string; detail: string }[];
}

/** A refusal of the service, or `status` 0 where it could not be reached. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  send<T>(method: "DELETE" | "PATCH" | "POST", path: string, body: object | undefined): Promise<T>;
  /** An answer that goes on; rejects with an `ApiError` where it does not begin. */
  open(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** The page stands at `/admin` below any path, and the service's other addresses beside it. */
const addressOf = (path: string): string => new URL(path, location.href).href;

const unreachable: Problem = {
  status: 0,
  title: "The service cannot be reached",
  detail: "Check the connection; the page tries again by itself.",
};

/** `onRefused` is called where the token is not accepted, or is no operator's. */
export const createApi = (token: string, onRefused: (status: number) => void): Api => {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const response = await fetch(addressOf(path), { ...init, headers, credentials: "omit" }).catch(
      (error) => {
        if (init.signal?.aborted) throw error;
        throw new ApiError(unreachable);
      },
    );
    if (response.ok) return response;
    if (response.status === 401 || response.status === 403) onRefused(response.status);
    throw new ApiError(await problemOf(response));
  };
  return {
    get: async (path, signal) => (await ask(path, signal ? { signal } : {})).json(),
    send: async (method, path, body) => {
      const headers = { "content-type": "application/json" };
      const init = body && { headers, body: JSON.stringify(body) };
      return (await ask(path, { method, ...init })).json();
    },
    open: async (path, signal) => {
      const { body } = await ask(path, { signal });
      if (!body) throw new ApiError(unreachable);
      return body;
    },
  };
};

const problemOf = async (response: Response): Promise<Problem> => {
  const { status } = response;
  const fallback = { status, title: `The service answered ${status}`, detail: "Try again in a moment." };
  const problem = await response.json().catch(() => undefined);
  return typeof problem?.title === "string" ? problem : fallback;
};

/** What the page knows before anybody has signed in. */
export const readOpenly = async <T>(path: string): Promise<T> => {
  const response = await fetch(addressOf(path), { credentials: "omit" });
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response.json();
};
