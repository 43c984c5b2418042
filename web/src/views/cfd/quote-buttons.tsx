// The bid and the ask as buttons that choose the direction, with the spread between them.

import { type Contract, canDeal } from "../../model/cfd";
import { shortUnits } from "../../model/cfd-ticket";
import { divideRounded, formatUnits } from "../../model/decimal";
import type { Direction } from "../../wire";
import { priceText } from "./figures";

interface QuoteButtonsProps {
  readonly contract: Contract;
  readonly direction: Direction;
  readonly choose: (direction: Direction) => void;
}

export function QuoteButtons({ contract, direction, choose }: QuoteButtonsProps) {
  const { quote, priceScale } = contract;
  const disabled = !canDeal(contract) || contract.state !== "Open";
  return (
    <fieldset>
      <legend className="sr-only">Direction</legend>
      <div className="grid grid-cols-[1fr_auto_1fr] items-stretch gap-1.5">
        <QuoteButton
          name="Sell"
          hint="S"
          chosen={direction === "SHORT"}
          choose={() => choose("SHORT")}
          price={priceText(quote?.bid ?? null, priceScale)}
          look={direction === "SHORT" ? "bg-(--sell-bar) border-sell text-sell" : "border-line text-sell"}
          disabled={disabled}
        />
        <Spread contract={contract} />
        <QuoteButton
          name="Buy"
          hint="B"
          chosen={direction === "LONG"}
          choose={() => choose("LONG")}
          price={priceText(quote?.ask ?? null, priceScale)}
          look={direction === "LONG" ? "bg-(--buy-bar) border-buy text-buy" : "border-line text-buy"}
          disabled={disabled}
        />
      </div>
    </fieldset>
  );
}

interface QuoteButtonProps {
  readonly name: string;
  /** The keyboard shortcut of the button. */
  readonly hint: string;
  readonly price: string;
  readonly chosen: boolean;
  readonly choose: () => void;
  readonly look: string;
  readonly disabled: boolean;
}

function QuoteButton({ name, hint, price, chosen, choose, look, disabled }: QuoteButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      aria-keyshortcuts={hint}
      title={`${name} (${hint})`}
      disabled={disabled}
      onClick={choose}
      className={`flex min-w-0 flex-col items-center rounded-md border-2 px-1 py-1.5 disabled:border-line disabled:bg-raised disabled:text-muted ${look}`}
    >
      <span className="text-xs font-semibold">{name}</span>
      <span className="max-w-full truncate text-base font-semibold">{price}</span>
    </button>
  );
}

const SPREAD_SCALE = 2;

/** The spread in price and in basis points of the ask. */
function Spread({ contract: { quote, priceScale } }: { contract: Contract }) {
  if (quote === null) return <span className="w-12" />;
  const width = quote.ask - quote.bid;
  const basisPoints = divideRounded(width * 10_000n * 10n ** BigInt(SPREAD_SCALE), quote.ask);
  return (
    <p className="flex w-14 flex-col items-center justify-center text-center text-xs text-muted">
      <span className="sr-only">Spread</span>
      <span className="font-medium">{shortUnits(width, priceScale, 2)}</span>
      <span>{formatUnits(basisPoints, SPREAD_SCALE)} bp</span>
    </p>
  );
}
