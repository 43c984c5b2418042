// The candles of the contract's spot market, with a line for each entry, liquidation and trigger price of an open position.

import { useMemo, useState } from "react";
import type { Interval } from "../../model/candle";
import type { Contract, Position } from "../../model/cfd";
import { formatLeverage, plainUnits } from "../../model/cfd-ticket";
import type { Instrument } from "../../model/instrument";
import { known } from "../../model/remote";
import { useInstruments, useRecentCloses } from "../queries";
import { IntervalChoice } from "../spot/chart/interval-choice";
import { LiveCandles, LoadingCandles } from "../spot/chart/live-candles";
import type { OwnLine, OwnMark } from "../spot/chart/price-chart";
import { Message } from "../widgets/message";

const NO_MARKS: readonly OwnMark[] = [];

interface CfdChartProps {
  readonly contract: Contract;
  readonly positions: readonly Position[];
}

export function CfdChart({ contract, positions }: CfdChartProps) {
  const { remote } = useInstruments();
  const instrument = known(remote)?.find(({ symbol }) => symbol === contract.asset);
  return (
    <section
      aria-label="Price chart"
      className="flex min-h-96 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-panel"
    >
      <h2 className="sr-only">Price chart</h2>
      {instrument === undefined ? (
        <Message
          title={remote.state === "value" ? "No candles of this price" : "Loading"}
          {...(remote.state === "value" ? { detail: `${contract.name} has no spot market here.` } : {})}
        />
      ) : (
        <Candles instrument={instrument} contract={contract} positions={positions} />
      )}
    </section>
  );
}

function Candles({ instrument, contract, positions }: CfdChartProps & { readonly instrument: Instrument }) {
  const recent = useRecentCloses(instrument.symbol);
  const [chosen, choose] = useState<Interval | null>(null);
  // A new venue has more candles of a second than of a minute.
  const interval = chosen ?? (known(recent)?.interval === "1s" ? "1s" : "1m");
  return (
    <>
      <header className="flex h-10 shrink-0 items-center justify-between gap-3 border-b border-line px-1.5 sm:px-3">
        <IntervalChoice interval={interval} choose={choose} />
        <span className="text-xs text-muted max-sm:hidden">UTC</span>
      </header>
      <div className="relative min-h-0 flex-1">
        {recent.state === "loading" ? (
          <LoadingCandles />
        ) : (
          <Lines instrument={instrument} interval={interval} contract={contract} positions={positions} />
        )}
      </div>
    </>
  );
}

interface LinesProps extends CfdChartProps {
  readonly instrument: Instrument;
  readonly interval: Interval;
}

function Lines({ instrument, interval, contract, positions }: LinesProps) {
  const lines = useLines(contract, positions);
  return (
    <>
      <LiveCandles
        instrument={instrument}
        interval={interval}
        lines={lines}
        marks={NO_MARKS}
        empty="Candles come from trades on the spot market, which has had no trade yet."
      />
      <ul className="sr-only" aria-label="Lines on the chart">
        {lines.map(({ id, title, price }) => (
          <li key={id}>
            {title} {price}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The list changes only when a line moves, although positions are read again every second. */
function useLines(contract: Contract, positions: readonly Position[]): readonly OwnLine[] {
  const found = linesOf(contract, positions);
  const key = JSON.stringify(found);
  return useMemo(() => JSON.parse(key) as readonly OwnLine[], [key]);
}

function linesOf({ asset, priceScale }: Contract, positions: readonly Position[]): readonly OwnLine[] {
  return positions
    .filter((position) => position.asset === asset)
    .flatMap((position) => {
      const long = position.direction === "LONG";
      const name = `${long ? "long" : "short"} ${formatLeverage(position.leverage)}`;
      const ends = [
        { what: "entry", units: position.entryPrice, good: long },
        { what: "liquidation", units: position.liquidationPrice, good: false },
        { what: "stop", units: position.stopLoss, good: false },
        { what: "target", units: position.takeProfit, good: true },
      ];
      return ends.flatMap(({ what, units, good }) =>
        units === null
          ? []
          : [
              {
                id: `${position.tradeId} ${what}`,
                side: good ? ("buy" as const) : ("sell" as const),
                price: plainUnits(units, priceScale),
                title: `${what} ${name}`,
              },
            ],
      );
    });
}
