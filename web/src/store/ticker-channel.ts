// The tickers and marks of all instruments, for the markets page, the market switcher and the page title.

import type { VenueApi } from "../api/rest";
import { LOADING, remoteError, remoteValue } from "../model/remote";
import { type Ticker, tickerOfBody, tickerOfFrame } from "../model/ticker";
import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { Frame } from "../wire";
import { attempts } from "./attempts";
import type { TerminalStore } from "./terminal";

export function openTickers(
  { socket, api, store }: { socket: StreamSocket; api: VenueApi; store: TerminalStore },
  symbols: readonly string[],
): () => void {
  const merge = (tickers: readonly Ticker[]) => {
    const { tickers: shown } = store.getState();
    const known = shown.state === "value" ? shown.value : {};
    store.setState({
      tickers: remoteValue({
        ...known,
        ...Object.fromEntries(tickers.map((ticker) => [ticker.symbol, ticker])),
      }),
    });
  };
  const all = attempts(
    async (current) => {
      const bodies = await api.tickers();
      if (current()) merge(bodies.map(tickerOfBody));
    },
    (error) => {
      if (store.getState().tickers.state !== "value") store.setState({ tickers: remoteError(error) });
    },
  );
  const tickerListener: StreamListener = {
    started: () => undefined,
    frame: (frame: Frame) => {
      if (frame.e === "ticker") merge([tickerOfFrame(frame)]);
    },
  };
  const markListener: StreamListener = {
    started: () => undefined,
    frame: (frame: Frame) => {
      if (frame.e === "markPrice") {
        store.setState(({ marks }) => ({ marks: { ...marks, [frame.s]: frame.p } }));
      }
    },
  };

  if (store.getState().tickers.state !== "value") store.setState({ tickers: LOADING });
  all.restart();
  const unlisten = symbols.flatMap((symbol) => [
    socket.listen(`ticker.${symbol}`, tickerListener),
    socket.listen(`markPrice.${symbol}`, markListener),
  ]);
  return () => {
    all.stop();
    for (const stop of unlisten) stop();
  };
}
