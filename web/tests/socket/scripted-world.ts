// A scripted replacement of the browser: the test decides when a socket opens, sends, and closes, and how time passes.

import type { SocketWorld } from "../../src/socket/stream-socket";

export class ScriptedSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly sent: { method: string; params: string[] }[] = [];

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  breaks(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  says(stream: string, data: object): void {
    this.onmessage?.({ data: JSON.stringify({ stream, data }) });
  }
}

export class ScriptedWorld implements SocketWorld {
  readonly sockets: ScriptedSocket[] = [];
  #nowMs = 0;
  #timers: { atMs: number; run: () => void }[] = [];

  findUrl = async (): Promise<string> => "ws://venue/";

  open = (url: string): WebSocket => {
    const socket = new ScriptedSocket(url);
    this.sockets.push(socket);
    return socket as unknown as WebSocket;
  };

  now = (): number => this.#nowMs;

  chance = (): number => 1;

  after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  /** Let time pass, and run the due timers in order. */
  async pass(spanMs: number): Promise<void> {
    const endMs = this.#nowMs + spanMs;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Let the continuations of all resolved promises run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
