// Opens a position: direction, margin, leverage, triggers, and a preview of the result.

import { type Ref, useCallback, useRef, useState } from "react";
import { type Contract, canDeal, type Equity } from "../../model/cfd";
import {
  type Draft,
  formatLeverage,
  plainUnits,
  type Reading,
  readDraft,
  readUnits,
} from "../../model/cfd-ticket";
import type { Side } from "../../model/order";
import { known, type Remote } from "../../model/remote";
import type { Direction } from "../../wire";
import { Action } from "../widgets/form";
import { Panel } from "../widgets/panel";
import { useTradingKeys } from "../widgets/trading-keys";
import { useCfdAction } from "./cfd-queries";
import { AmountField, LeverageField, Refusal, ShareSlider } from "./fields";
import { Gain, moneyText, priceText, Row } from "./figures";
import { QuoteButtons } from "./quote-buttons";
import { SignInCall } from "./sign-in-call";

const FIRST_LEVERAGE = 100;

interface TicketProps {
  readonly contract: Contract;
  /** The venue does not answer. */
  readonly silent: boolean;
  readonly equity: Remote<Equity>;
  readonly held: bigint;
}

export function Ticket({ contract, silent, equity, held }: TicketProps) {
  const [draft, setDraft] = useState<Draft>(() => ({
    direction: "LONG",
    margin: "",
    leverage: Math.min(FIRST_LEVERAGE, Number(contract.leverageMax)),
    stopLoss: "",
    takeProfit: "",
  }));
  const [done, setDone] = useState("");
  const opening = useCfdAction((api, sent: Draft) => api.open(openingOf(sent, contract)));
  const { reset } = opening;
  const change = useCallback(
    (part: Partial<Draft>) => {
      // The message about the previous position is out of date.
      setDone("");
      reset();
      setDraft((before) => ({ ...before, ...part }));
    },
    [reset],
  );
  const margin = useRef<HTMLInputElement>(null);
  const choose = useCallback(
    (side: Side) => {
      change({ direction: side === "buy" ? "LONG" : "SHORT" });
      margin.current?.focus();
    },
    [change],
  );
  useTradingKeys({ choose });
  const free = known(equity)?.free ?? null;
  const reading = readDraft(draft, contract, free, held);
  const submit = () =>
    opening.mutate(draft, {
      onSuccess: () => {
        change({ margin: "", stopLoss: "", takeProfit: "" });
        setDone(draft.direction === "LONG" ? "Long opened." : "Short opened.");
      },
    });

  return (
    <Panel title="Open a position" className="rounded-lg border border-line">
      <form
        className="flex flex-col gap-2 p-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (reading.complete && !opening.isPending) submit();
        }}
      >
        <QuoteButtons
          contract={contract}
          direction={draft.direction}
          choose={(direction) => change({ direction })}
        />
        <MarginField
          ref={margin}
          draft={draft}
          change={change}
          contract={contract}
          free={free}
          reading={reading}
        />
        <LeverageField
          value={draft.leverage}
          max={Number(contract.leverageMax)}
          onChange={(leverage) => change({ leverage })}
          fault={reading.faults.leverage}
        />
        <div className="grid grid-cols-2 gap-2">
          <AmountField
            label="Stop loss"
            value={draft.stopLoss}
            onChange={(stopLoss) => change({ stopLoss })}
            fault={reading.faults.stopLoss}
            placeholder="None"
          />
          <AmountField
            label="Take profit"
            value={draft.takeProfit}
            onChange={(takeProfit) => change({ takeProfit })}
            fault={reading.faults.takeProfit}
            placeholder="None"
          />
        </div>
        <Outlook reading={reading} contract={contract} />
        {equity.state === "idle" ? (
          <SignInCall />
        ) : (
          <SubmitButton
            direction={draft.direction}
            leverage={draft.leverage}
            disabled={!reading.complete || free === null || opening.isPending}
          />
        )}
        {/* The note is below the fields, so that they do not move under the pointer when the price becomes stale. */}
        <StateOfPrice contract={contract} silent={silent} />
        <Refusal error={opening.error} />
        <p role="status" className="min-h-5 text-sm text-buy">
          {done}
        </p>
      </form>
    </Panel>
  );
}

function openingOf(draft: Draft, { asset }: Contract) {
  const plain = (text: string) => text.trim().replaceAll(",", "");
  return {
    asset,
    direction: draft.direction,
    margin: plain(draft.margin),
    leverage: draft.leverage,
    ...(draft.stopLoss.trim() === "" ? {} : { stopLossPrice: plain(draft.stopLoss) }),
    ...(draft.takeProfit.trim() === "" ? {} : { takeProfitPrice: plain(draft.takeProfit) }),
  };
}

interface MarginFieldProps {
  readonly ref: Ref<HTMLInputElement>;
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly contract: Contract;
  readonly free: bigint | null;
  readonly reading: Reading;
}

function MarginField({ ref, draft, change, contract, free, reading }: MarginFieldProps) {
  const { moneyScale, wallet } = contract;
  const read = readUnits(draft.margin, moneyScale);
  return (
    <div>
      <AmountField
        ref={ref}
        label="Margin"
        value={draft.margin}
        onChange={(margin) => change({ margin })}
        unit={wallet}
        fault={reading.faults.margin}
        placeholder="0.00"
        aside={
          free === null ? null : (
            <button
              type="button"
              onClick={() => change({ margin: plainUnits(free, moneyScale) })}
              className="text-muted hover:text-text"
            >
              Free {moneyText(free, moneyScale)}
            </button>
          )
        }
      />
      <ShareSlider
        label="Percentage of the free balance"
        whole={free ?? 0n}
        units={typeof read === "string" ? 0n : read}
        scale={moneyScale}
        onChange={(margin) => change({ margin })}
        disabled={free === null}
      />
    </div>
  );
}

/** The preview of the draft. It keeps its place while it is empty. */
function Outlook({ reading: { preview }, contract }: { reading: Reading; contract: Contract }) {
  const { priceScale, moneyScale, wallet } = contract;
  const gain = (units: bigint | null | undefined) =>
    units === null || units === undefined ? "\u2013" : <Gain units={units} scale={moneyScale} exact />;
  return (
    <dl aria-label="Preview" className="flex flex-col gap-1 rounded-md bg-raised px-3 py-2 text-sm">
      <Row name="Size">{preview ? `${moneyText(preview.notional, moneyScale + 1)} ${wallet}` : "\u2013"}</Row>
      <Row name="Opens at about">{priceText(preview?.entryPrice ?? null, priceScale)}</Row>
      <Row name="Liquidation at">
        {preview && preview.liquidationPrice === null
          ? "Never"
          : priceText(preview?.liquidationPrice ?? null, priceScale)}
      </Row>
      <Row name="PnL at stop loss">{gain(preview?.atStopLoss)}</Row>
      <Row name="PnL at take profit">{gain(preview?.atTakeProfit)}</Row>
    </dl>
  );
}

function StateOfPrice({ contract, silent }: { contract: Contract; silent: boolean }) {
  let text = "";
  if (silent) text = "The venue does not answer. Trading continues when it answers again.";
  else if (contract.quote === null) text = "There is no price yet. Trading starts with the first price.";
  else if (contract.priceState === "doubted")
    text = "The price is in doubt. Trading continues when it is certain.";
  else if (contract.priceState === "closed") text = "The session is closed. Trading continues when it opens.";
  else if (!canDeal(contract)) text = "The price is stale. Trading continues with the next price.";
  else if (contract.state === "CloseOnly")
    text = "This contract accepts no new positions now. Open positions can be closed.";
  else if (contract.state === "Closed") text = "This contract is closed. Choose another contract.";
  if (text === "") return null;
  return (
    <p role="alert" className="rounded-md bg-warn-fill px-3 py-1.5 text-sm text-warn-ink">
      {text}
    </p>
  );
}

interface SubmitButtonProps {
  readonly direction: Direction;
  readonly leverage: number;
  readonly disabled: boolean;
}

function SubmitButton({ direction, leverage, disabled }: SubmitButtonProps) {
  const long = direction === "LONG";
  return (
    <Action type="submit" tone={long ? "buy" : "sell"} disabled={disabled} className="min-h-11">
      Open {long ? "long" : "short"} {formatLeverage(BigInt(leverage))}
    </Action>
  );
}
