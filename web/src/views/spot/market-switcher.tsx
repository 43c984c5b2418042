// The name of the market, which opens a searchable list of all markets: type to search, arrows to move, Enter to open, Escape
// to close.

import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { type Instrument, searchInstruments } from "../../model/instrument";
import { tickerChange } from "../../model/ticker";
import { useTicker } from "../feed-context";
import { AssetMark, Change, Figure, tickerPrice } from "../widgets/figures";
import { useSearchKey } from "../widgets/search-key";

interface MarketSwitcherProps {
  readonly instrument: Instrument;
  readonly instruments: readonly Instrument[];
}

export function MarketSwitcher({ instrument, instruments }: MarketSwitcherProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useSearchKey(useCallback(() => setOpen(true), []));
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div className="relative">
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex items-center gap-2.5 rounded-md px-1.5 py-1 hover:bg-raised"
      >
        <AssetMark asset={instrument.base} />
        <span className="text-lg font-bold tracking-tight">{instrument.name}</span>
        <span className="sr-only">, change market</span>
        <svg viewBox="0 0 12 12" className="size-3 text-muted" aria-hidden="true">
          <path d="M2 4l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.8" />
        </svg>
      </button>
      {open ? <MarketList current={instrument} instruments={instruments} close={close} /> : null}
    </div>
  );
}

interface MarketListProps {
  readonly current: Instrument;
  readonly instruments: readonly Instrument[];
  readonly close: () => void;
}

function MarketList({ current, instruments, close }: MarketListProps) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [, navigate] = useLocation();
  const area = useRef<HTMLDivElement>(null);
  const listId = useId();
  const found = searchInstruments(instruments, text);
  const go = (target: Instrument | undefined) => {
    if (target === undefined) return;
    close();
    navigate(`/spot/${target.symbol}`);
  };
  useClickOutside(area, close);

  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((chosen + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") go(found[chosen]);
    else if (event.key === "Escape" || event.key === "Tab") close();
  };
  return (
    <div
      ref={area}
      role="dialog"
      aria-label="Choose a market"
      className="absolute top-full left-0 z-30 mt-1 w-[min(24rem,calc(100vw-1rem))] overflow-hidden rounded-lg border border-line bg-panel shadow-2xl"
    >
      <input
        // biome-ignore lint/a11y/noAutofocus: the list was opened to type into it.
        autoFocus
        role="combobox"
        aria-label="Search markets"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found[chosen] && `${listId}-${found[chosen].symbol}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        placeholder="Search markets"
        autoComplete="off"
        className="h-11 w-full border-b border-line bg-panel px-4 -outline-offset-2 placeholder:text-muted"
      />
      <div id={listId} role="listbox" aria-label="Markets" className="max-h-80 overflow-y-auto py-1">
        {found.map((instrument, index) => (
          <MarketOption
            key={instrument.symbol}
            id={`${listId}-${instrument.symbol}`}
            instrument={instrument}
            current={instrument === current}
            chosen={index === chosen}
            choose={() => go(instrument)}
          />
        ))}
      </div>
      {found.length === 0 ? (
        <p className="px-4 pb-4 text-sm text-muted">No market matches “{text}”.</p>
      ) : null}
    </div>
  );
}

interface MarketOptionProps {
  readonly id: string;
  readonly instrument: Instrument;
  readonly current: boolean;
  readonly chosen: boolean;
  readonly choose: () => void;
}

function MarketOption({ id, instrument, current, chosen, choose }: MarketOptionProps) {
  const ticker = useTicker(instrument.symbol);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search field, which names the active option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the search field takes the keys.
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      onClick={choose}
      className={`flex h-11 cursor-pointer items-center gap-3 px-4 hover:bg-raised ${chosen ? "bg-raised" : ""}`}
    >
      <span className="mr-auto font-medium">
        {instrument.name}
        {current ? <span className="ml-2 text-xs font-normal text-muted">shown now</span> : null}
      </span>
      <span>
        <Figure text={tickerPrice(ticker, "last", instrument)} />
      </span>
      <span className="w-16 text-right">
        <Change basisPoints={ticker && tickerChange(ticker)} />
      </span>
    </div>
  );
}

function useClickOutside(area: React.RefObject<HTMLElement | null>, then: () => void): void {
  const latest = useRef(then);
  latest.current = then;
  useEffect(() => {
    const onPointer = (event: PointerEvent) => {
      // The button that opened the list closes it itself.
      const parent = area.current?.parentElement;
      if (event.target instanceof Node && !parent?.contains(event.target)) latest.current();
    };
    window.addEventListener("pointerdown", onPointer);
    return () => window.removeEventListener("pointerdown", onPointer);
  }, [area]);
}
