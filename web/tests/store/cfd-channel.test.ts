import { expect, it } from "vitest";
import { StreamSocket } from "../../src/socket/stream-socket";
import { openCfdApi } from "../../src/store/cfd-channel";
import { ScriptedWorld, settle } from "../socket/scripted-world";

const QUOTE = { e: "cfdQuote", s: "SOL_USDC", b: "199", a: "200", T: 5_000 };

it("reports each price, each change of a position, and missed changes", async () => {
  const world = new ScriptedWorld();
  const socket = new StreamSocket(world, () => undefined);
  const heard: string[] = [];
  socket.start();
  await settle();
  const close = openCfdApi(socket, ["SOL_USDC"], {
    quote: ({ s, b, a }) => heard.push(`${s} ${b} ${a}`),
    position: () => heard.push("position"),
  });
  world.socket.opens();
  expect(heard.splice(0), "positions may have changed before").toEqual(["position"]);

  world.socket.says("cfdQuote.SOL_USDC", QUOTE);
  world.socket.says("account.cfdPositionUpdate", { e: "positionClosed" });
  expect(heard.splice(0)).toEqual(["SOL_USDC 199 200", "position"]);

  world.socket.breaks();
  await world.pass(2_000);
  world.socket.opens();
  expect(heard.splice(0), "and while the connection was lost").toEqual(["position"]);

  close();
  expect(world.socket.sent.at(-1)).toMatchObject({ params: ["account.cfdPositionUpdate"] });
  world.socket.says("cfdQuote.SOL_USDC", QUOTE);
  expect(heard).toEqual([]);
  socket.stop();
});

it("requests no positions while nobody is signed in", async () => {
  const world = new ScriptedWorld();
  const socket = new StreamSocket(world, () => undefined);
  socket.start();
  await settle();
  openCfdApi(socket, ["SOL_USDC"], { quote: () => undefined, position: null });
  world.socket.opens();
  expect(world.socket.sent.flatMap(({ params }) => params)).toEqual(["cfdQuote.SOL_USDC"]);
  socket.stop();
});
