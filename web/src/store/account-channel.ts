// Keeps one account live: balances and open orders from REST, then every change from the stream, and REST again at intervals.

import type { AccountApi } from "../api/account";
import { type AccountFrame, type AccountView, accountOf, withFrame } from "../model/account";
import { LOADING, mapRemote, type Remote, remoteError, remoteValue } from "../model/remote";
import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { Frame } from "../wire";
import { attempts } from "./attempts";
import type { TerminalStore } from "./terminal";

/** Every new snapshot contains frames of this age. */
const FRAMES_KEPT_MS = 5_000;
/** One order can cause a dozen frames; they are shown together. */
const GROUP_MS = 40;
const SNAPSHOT_EVERY_MS = 30_000;

const ACCOUNT_FRAMES: ReadonlySet<string> = new Set<AccountFrame["e"]>([
  "orderAccepted",
  "orderFill",
  "orderModified",
  "orderCancelled",
  "orderExpired",
  "triggerPlaced",
  "triggerFailed",
  "balanceUpdate",
]);

interface Kept {
  readonly frame: AccountFrame;
  readonly atMs: number;
}

export function openAccount({
  socket,
  api,
  store,
}: {
  socket: StreamSocket;
  api: AccountApi;
  store: TerminalStore;
}): () => void {
  let recent: Kept[] = [];
  let arrived: AccountFrame[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (account: Remote<AccountView>) => store.setState({ account });

  const flush = () => {
    timer = undefined;
    const frames = arrived;
    arrived = [];
    const history = frames.some(({ e }) => e !== "balanceUpdate");
    store.setState(({ account, ownChanges }) => ({
      account: mapRemote(account, (view) => frames.reduce(withFrame, view)),
      ownChanges: history ? ownChanges + 1 : ownChanges,
    }));
  };
  const snapshot = attempts(
    async (current) => {
      const [orders, capital] = await Promise.all([api.openOrders(), api.capital()]);
      if (!current()) return;
      const since = performance.now() - FRAMES_KEPT_MS;
      recent = recent.filter(({ atMs }) => atMs >= since);
      set(remoteValue(recent.map(({ frame }) => frame).reduce(withFrame, accountOf(orders, capital))));
    },
    (error) => {
      if (store.getState().account.state !== "value") set(remoteError(error));
    },
  );
  const listener: StreamListener = {
    started: () => undefined,
    frame: (frame: Frame) => {
      if (!ACCOUNT_FRAMES.has(frame.e)) return;
      const own = frame as AccountFrame;
      const nowMs = performance.now();
      recent = [...recent.filter(({ atMs }) => atMs >= nowMs - FRAMES_KEPT_MS), { frame: own, atMs: nowMs }];
      arrived.push(own);
      timer ??= setTimeout(flush, GROUP_MS);
    },
  };
  const orders: StreamListener = { ...listener, started: () => snapshot.restart() };

  set(LOADING);
  snapshot.restart();
  const again = setInterval(() => snapshot.restart(), SNAPSHOT_EVERY_MS);
  const stop = [
    socket.listen("account.balanceUpdate", listener),
    socket.listen("account.orderUpdate", orders),
  ];
  return () => {
    for (const unlisten of stop) unlisten();
    snapshot.stop();
    clearInterval(again);
    clearTimeout(timer);
    set({ state: "idle" });
  };
}
