// A remote value is always in one of four states, and a view has to handle each.

export type Remote<T> =
  | { readonly state: "idle" }
  | { readonly state: "loading" }
  | { readonly state: "value"; readonly value: T }
  | { readonly state: "error"; readonly message: string };

export const IDLE: Remote<never> = { state: "idle" };
export const LOADING: Remote<never> = { state: "loading" };

export function remoteValue<T>(value: T): Remote<T> {
  return { state: "value", value };
}

export function remoteError(error: unknown): Remote<never> {
  return { state: "error", message: error instanceof Error ? error.message : String(error) };
}

/** The value, if there is one. */
export function known<T>(remote: Remote<T> | undefined): T | undefined {
  return remote?.state === "value" ? remote.value : undefined;
}

/** Apply `change` to the value, and leave the other states unchanged. */
export function mapRemote<T, U>(remote: Remote<T>, change: (value: T) => U): Remote<U> {
  return remote.state === "value" ? remoteValue(change(remote.value)) : remote;
}
