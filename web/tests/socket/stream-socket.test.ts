import { beforeEach, describe, expect, it } from "vitest";
import { backOffMs } from "../../src/socket/back-off";
import { type Connection, type StreamListener, StreamSocket } from "../../src/socket/stream-socket";
import type { Frame } from "../../src/wire";
import { ScriptedWorld, settle } from "./scripted-world";

const TICKER = { e: "ticker", s: "SOL_USDC", o: "1", c: "2", h: "2", l: "1", v: "1", V: "1", n: 1 };

class Ear implements StreamListener {
  starts = 0;
  readonly frames: Frame[] = [];
  started = (): void => {
    this.starts += 1;
  };
  frame = (frame: Frame): void => {
    this.frames.push(frame);
  };
}

describe("the socket", () => {
  let world: ScriptedWorld;
  let socket: StreamSocket;
  let phases: Connection["phase"][];

  beforeEach(async () => {
    world = new ScriptedWorld();
    phases = [];
    socket = new StreamSocket(world, ({ phase }) => phases.push(phase));
    socket.start();
    await settle();
  });

  it("subscribes to everything that is listened to when it opens", () => {
    socket.listen("ticker.SOL_USDC", new Ear());
    socket.listen("depth.SOL_USDC", new Ear());
    world.socket.opens();
    expect(world.socket.sent).toEqual([
      { method: "SUBSCRIBE", params: ["ticker.SOL_USDC", "depth.SOL_USDC"] },
    ]);
    expect(phases).toEqual(["connecting", "live"]);
  });

  it("subscribes once for many listeners and unsubscribes with the last", () => {
    world.socket.opens();
    const [one, two] = [new Ear(), new Ear()];
    const stopOne = socket.listen("ticker.SOL_USDC", one);
    const stopTwo = socket.listen("ticker.SOL_USDC", two);
    world.socket.says("ticker.SOL_USDC", TICKER);
    expect([one.frames.length, two.frames.length]).toEqual([1, 1]);
    stopOne();
    stopOne();
    world.socket.says("ticker.SOL_USDC", TICKER);
    expect([one.frames.length, two.frames.length]).toEqual([1, 2]);
    stopTwo();
    expect(world.socket.sent.map(({ method }) => method)).toEqual(["SUBSCRIBE", "UNSUBSCRIBE"]);
  });

  it("reconnects by itself, subscribes again and informs every listener that its stream begins again", async () => {
    const ear = new Ear();
    socket.listen("ticker.SOL_USDC", ear);
    world.socket.opens();
    world.socket.breaks();
    expect(phases.at(-1)).toBe("reconnecting");
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
    world.socket.opens();
    expect(phases.at(-1)).toBe("live");
    expect(ear.starts).toBe(2);
    expect(world.socket.sent).toEqual([{ method: "SUBSCRIBE", params: ["ticker.SOL_USDC"] }]);
  });

  it("waits longer after each failure, and less again once the venue has answered", async () => {
    for (let failure = 0; failure < 4; failure += 1) {
      world.socket.breaks();
      await world.pass(backOffMs(failure, 1) - 1);
      expect(world.sockets).toHaveLength(failure + 1);
      await world.pass(1);
      expect(world.sockets).toHaveLength(failure + 2);
    }
    world.socket.opens();
    world.socket.says("ticker.SOL_USDC", TICKER);
    world.socket.breaks();
    await world.pass(backOffMs(0, 1));
    expect(world.sockets).toHaveLength(6);
  });

  it("tries at once when it is asked to, and only once", async () => {
    world.socket.breaks();
    socket.retryNow();
    socket.retryNow();
    await settle();
    expect(world.sockets).toHaveLength(2);
    world.socket.opens();
    socket.retryNow();
    await settle();
    expect(world.sockets).toHaveLength(2);
    expect(phases.at(-1)).toBe("live");
  });

  it("gives up a socket that stays silent although something is listened to", async () => {
    socket.listen("ticker.SOL_USDC", new Ear());
    world.socket.opens();
    await world.pass(5_000);
    world.socket.says("ticker.SOL_USDC", TICKER);
    await world.pass(7_000);
    expect(phases.at(-1)).toBe("live");
    await world.pass(3_000);
    expect(phases.at(-1)).toBe("reconnecting");
  });

  it("gives up an attempt that neither opens nor fails", async () => {
    await world.pass(11_000);
    expect(phases.at(-1)).toBe("reconnecting");
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  it("ignores the frames of an abandoned socket", async () => {
    const ear = new Ear();
    socket.listen("ticker.SOL_USDC", ear);
    const [first] = world.sockets;
    first?.opens();
    first?.breaks();
    await world.pass(1_000);
    world.socket.opens();
    first?.says("ticker.SOL_USDC", TICKER);
    first?.breaks();
    expect(ear.frames).toHaveLength(0);
    expect(phases.at(-1)).toBe("live");
  });

  it("stays closed once it is stopped", async () => {
    world.socket.opens();
    socket.stop();
    await world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
  });
});

describe("the pause between attempts", () => {
  it("doubles from 0.3 s to 15 s, half of it by chance", () => {
    expect([0, 1, 2, 5, 6, 60].map((attempt) => backOffMs(attempt, 1))).toEqual([
      300, 600, 1200, 9600, 15000, 15000,
    ]);
    expect(backOffMs(0, 0)).toBe(150);
  });
});
