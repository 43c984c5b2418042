// One request to the venue and its answer. Every failure is a `VenueError` whose message can be shown.

const ANSWER_WITHIN_MS = 10_000;

/** The venue refused a request (`status` is its HTTP status) or could not be reached (`status` is 0). */
export class VenueError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** Request `path`, with a JSON body if there is one, and read the answer as JSON. The answer has to begin in time. */
export async function ask<T>(
  method: Method,
  path: string,
  body?: object,
  withinMs = ANSWER_WITHIN_MS,
): Promise<T> {
  const response = await send(method, path, body, withinMs);
  const text = await response.text();
  if (!response.ok) throw refusal(response.status, text);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new VenueError(response.status, "UNREADABLE", "The venue's answer is not readable.");
  }
}

async function send(
  method: Method,
  path: string,
  body: object | undefined,
  withinMs: number,
): Promise<Response> {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  try {
    return await fetch(path, {
      method,
      signal: AbortSignal.timeout(withinMs),
      headers: { accept: "application/json", ...json },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new VenueError(0, "UNREACHABLE", "The venue is unreachable.");
  }
}

/** Most refusals are `{code, message}`; a few are plain text. */
function refusal(status: number, text: string): VenueError {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body) {
      return new VenueError(status, "code" in body ? String(body.code) : "", String(body.message));
    }
  } catch {
    // Not JSON: the text itself is the message.
  }
  const message =
    text.length > 0 && text.length < 200 && !text.startsWith("<") ? text : `The venue answered ${status}.`;
  return new VenueError(status, "", message);
}
