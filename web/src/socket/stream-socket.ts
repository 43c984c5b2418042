// The page's only WebSocket. It keeps the set of streams that have listeners and reconnects after a loss. On a new connection
// it informs every listener, because each listener's data has a gap from then on.

import { parseEnvelope } from "../model/envelope";
import type { Frame } from "../wire";
import { backOffMs } from "./back-off";

/** Tickers arrive every second, so a socket that is silent for this long is dead, even without a close event. */
const SILENCE_MAX_MS = 8_000;
const WATCH_EVERY_MS = 1_000;
/** `WebSocket.OPEN`, which is defined only in a browser. */
const OPEN = 1;

export type Connection =
  | { readonly phase: "connecting" }
  | { readonly phase: "live" }
  | { readonly phase: "reconnecting"; readonly attempt: number; readonly retryAtMs: number | null };

export interface StreamListener {
  /** The stream begins: as soon as the socket is open, and again on every new connection. */
  started(): void;
  frame(frame: Frame): void;
}

/** The functions that the socket needs: the browser's by default, scripted ones in tests. */
export interface SocketWorld {
  /** Find the address. Every attempt asks again, because a restarted venue may have another address. */
  findUrl(): Promise<string>;
  open(url: string): WebSocket;
  now(): number;
  chance(): number;
  after(delayMs: number, run: () => void): () => void;
}

export class StreamSocket {
  readonly #world: SocketWorld;
  readonly #onConnection: (connection: Connection) => void;
  readonly #listeners = new Map<string, Set<StreamListener>>();
  #socket: WebSocket | null = null;
  #attempt = 0;
  #heardAtMs = 0;
  #cancelRetry: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #running = false;
  /** Changes with every attempt, so that the events of an abandoned attempt are ignored. */
  #generation = 0;

  constructor(world: SocketWorld, onConnection: (connection: Connection) => void) {
    this.#world = world;
    this.#onConnection = onConnection;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#attempt = 0;
    this.#onConnection({ phase: "connecting" });
    void this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#abandon();
  }

  /** Try again now instead of after the pause: the network recovered, or the user asked for it. */
  retryNow(): void {
    if (this.#cancelRetry === null) return;
    this.#cancelRetry();
    this.#cancelRetry = null;
    void this.#connect();
  }

  /** Replace the connection with a new one, because the signed-in user changed. */
  reconnect(): void {
    if (!this.#running) return;
    this.#abandon();
    this.#attempt = 0;
    this.#onConnection({ phase: "connecting" });
    void this.#connect();
  }

  /** Listen to a stream until the returned function is called. */
  listen(stream: string, listener: StreamListener): () => void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) {
      this.#listeners.set(stream, new Set([listener]));
      this.#send("SUBSCRIBE", [stream]);
    } else {
      listeners.add(listener);
    }
    if (this.#isOpen()) listener.started();
    return () => {
      const remaining = this.#listeners.get(stream);
      if (remaining === undefined || !remaining.delete(listener) || remaining.size > 0) return;
      this.#listeners.delete(stream);
      this.#send("UNSUBSCRIBE", [stream]);
    };
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    const url = await this.#world.findUrl();
    if (!this.#running || generation !== this.#generation) return;
    const socket = this.#world.open(url);
    this.#socket = socket;
    this.#heardAtMs = this.#world.now();
    this.#watch();
    const current = () => generation === this.#generation;
    socket.onopen = () => current() && this.#opened();
    socket.onmessage = (event: MessageEvent) => current() && this.#heard(String(event.data));
    socket.onclose = () => current() && this.#lost();
  }

  #opened(): void {
    this.#heardAtMs = this.#world.now();
    this.#send("SUBSCRIBE", [...this.#listeners.keys()]);
    this.#onConnection({ phase: "live" });
    for (const listener of this.#everyListener()) listener.started();
  }

  #heard(text: string): void {
    this.#heardAtMs = this.#world.now();
    this.#attempt = 0;
    const envelope = parseEnvelope(text);
    if (envelope?.kind !== "frame") return;
    for (const listener of this.#listeners.get(envelope.stream) ?? []) listener.frame(envelope.frame);
  }

  #lost(): void {
    this.#abandon();
    if (!this.#running) return;
    const delayMs = backOffMs(this.#attempt, this.#world.chance());
    this.#attempt += 1;
    this.#onConnection({
      phase: "reconnecting",
      attempt: this.#attempt,
      retryAtMs: this.#world.now() + delayMs,
    });
    this.#cancelRetry = this.#world.after(delayMs, () => {
      this.#cancelRetry = null;
      this.#onConnection({ phase: "reconnecting", attempt: this.#attempt, retryAtMs: null });
      void this.#connect();
    });
  }

  /** Close a socket that neither opens nor fails, and one that stays silent although it has listeners. */
  #watch(): void {
    this.#cancelWatch = this.#world.after(WATCH_EVERY_MS, () => {
      const silent = this.#world.now() - this.#heardAtMs > SILENCE_MAX_MS;
      const expected = !this.#isOpen() || this.#listeners.size > 0;
      if (silent && expected) this.#lost();
      else this.#watch();
    });
  }

  #abandon(): void {
    this.#generation += 1;
    this.#cancelRetry?.();
    this.#cancelWatch?.();
    this.#cancelRetry = null;
    this.#cancelWatch = null;
    this.#socket?.close();
    this.#socket = null;
  }

  #everyListener(): StreamListener[] {
    return [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
  }

  #isOpen(): boolean {
    return this.#socket?.readyState === OPEN;
  }

  #send(method: "SUBSCRIBE" | "UNSUBSCRIBE", params: readonly string[]): void {
    if (params.length > 0 && this.#isOpen()) this.#socket?.send(JSON.stringify({ method, params }));
  }
}
