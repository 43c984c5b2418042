// The actions on an open position other than closing it: close a part, change the triggers, add margin.

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { type Contract, canDeal, type Position } from "../../model/cfd";
import { closePriceOf, gainAt, liquidationPriceOf, partOf, stakeOf } from "../../model/cfd-margin";
import { type Faults, formatLeverage, plainUnits, readTriggers, readUnits } from "../../model/cfd-ticket";
import { TextButton } from "../widgets/message";
import { useCfdAction } from "./cfd-queries";
import { AmountField, Refusal, ShareSlider } from "./fields";
import { Gain, moneyText, priceText, Row } from "./figures";

interface PositionDialogProps {
  readonly position: Position;
  readonly contract: Contract;
  readonly close: () => void;
}

export function PositionDialog({ position, contract, close }: PositionDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const parts = { position, contract, close };
  return (
    <dialog
      ref={dialog}
      onClose={close}
      aria-labelledby="position-dialog-title"
      className="m-auto w-[min(26rem,calc(100vw-1.5rem))] rounded-lg border border-line bg-panel p-4 text-text shadow-xl backdrop:bg-black/50"
    >
      <div className="mb-3 flex items-center justify-between">
        <h2 id="position-dialog-title" className="font-semibold">
          {contract.name} {position.direction === "LONG" ? "long" : "short"}{" "}
          {formatLeverage(position.leverage)}
        </h2>
        <TextButton onClick={close}>Done</TextButton>
      </div>
      <div className="flex flex-col gap-4">
        <TriggersForm {...parts} />
        <PartForm {...parts} />
        <MarginForm {...parts} />
      </div>
    </dialog>
  );
}

function TriggersForm({ position, contract, close }: PositionDialogProps) {
  const { priceScale, moneyScale } = contract;
  const plain = (units: bigint | null) => (units === null ? "" : plainUnits(units, priceScale));
  const [stopLoss, setStopLoss] = useState(() => plain(position.stopLoss));
  const [takeProfit, setTakeProfit] = useState(() => plain(position.takeProfit));
  const faults: Faults = {};
  const triggers = readTriggers({ direction: position.direction, stopLoss, takeProfit }, contract, faults);
  const setting = useCfdAction((api, sent: typeof triggers) =>
    api.setTriggers(position.tradeId, {
      stopLossPrice: sent.stopLoss === null ? null : plain(sent.stopLoss),
      takeProfitPrice: sent.takeProfit === null ? null : plain(sent.takeProfit),
    }),
  );
  const at = (price: bigint | null) =>
    price === null ? null : <Gain units={gainAt(stakeOf(position), price)} scale={moneyScale} exact />;
  return (
    <Deed
      title="Stop loss and take profit"
      submit={() => setting.mutate(triggers, { onSuccess: close })}
      disabled={Object.keys(faults).length > 0 || !canDeal(contract) || setting.isPending}
      button="Set triggers"
      error={setting.error}
    >
      <div className="grid grid-cols-2 gap-2">
        <AmountField
          label="Stop loss"
          value={stopLoss}
          onChange={setStopLoss}
          fault={faults.stopLoss}
          placeholder="None"
          aside={at(triggers.stopLoss)}
        />
        <AmountField
          label="Take profit"
          value={takeProfit}
          onChange={setTakeProfit}
          fault={faults.takeProfit}
          placeholder="None"
          aside={at(triggers.takeProfit)}
        />
      </div>
    </Deed>
  );
}

function PartForm({ position, contract, close }: PositionDialogProps) {
  const { moneyScale, wallet, quote, marginMin } = contract;
  const whole = position.remainingMargin;
  const [text, setText] = useState("");
  const read = text.trim() === "" ? null : readUnits(text, moneyScale);
  const fault = partFault(read, whole, marginMin, (units) => `${moneyText(units, moneyScale)} ${wallet}`);
  const margin = typeof read === "bigint" && fault === undefined ? read : null;
  const closing = useCfdAction((api, sent: bigint) =>
    api.close(position.tradeId, plainUnits(sent, moneyScale)),
  );
  return (
    <Deed
      title="Close a part"
      submit={() => margin !== null && closing.mutate(margin, { onSuccess: close })}
      disabled={margin === null || !canDeal(contract) || closing.isPending}
      button="Close part"
      error={closing.error}
    >
      <AmountField label="Margin to close" value={text} onChange={setText} unit={wallet} fault={fault} />
      <ShareSlider
        label="Percentage of the margin"
        whole={whole}
        units={typeof read === "bigint" ? read : 0n}
        scale={moneyScale}
        onChange={setText}
      />
      <dl className="text-sm">
        <Row name="Profit, about">
          {margin === null || quote === null ? (
            "\u2013"
          ) : (
            <Gain
              units={gainAt(partOf(position, margin), closePriceOf(position.direction, quote))}
              scale={moneyScale}
              exact
            />
          )}
        </Row>
      </dl>
    </Deed>
  );
}

function partFault(
  read: bigint | string | null,
  whole: bigint,
  marginMin: bigint,
  money: (units: bigint) => string,
): string | undefined {
  if (read === null) return undefined;
  if (typeof read === "string") return read;
  if (read > whole) return `The position's margin is ${money(whole)}.`;
  if (read < whole && whole - read < marginMin)
    return `At least ${money(marginMin)} must remain, or nothing.`;
  return undefined;
}

function MarginForm({ position, contract, close }: PositionDialogProps) {
  const { moneyScale, wallet } = contract;
  const [text, setText] = useState("");
  const read = text.trim() === "" ? null : readUnits(text, moneyScale);
  const added = typeof read === "bigint" ? read : null;
  const adding = useCfdAction((api, sent: bigint) =>
    api.addMargin(position.tradeId, plainUnits(sent, moneyScale)),
  );
  const stake = stakeOf(position);
  const after =
    added === null
      ? position.liquidationPrice
      : liquidationPriceOf({ ...stake, margin: stake.margin + added }, contract.maintenanceRate);
  return (
    <Deed
      title="Add margin"
      submit={() => added !== null && adding.mutate(added, { onSuccess: close })}
      disabled={added === null || adding.isPending}
      button="Add margin"
      error={adding.error}
    >
      <AmountField
        label="Margin to add"
        value={text}
        onChange={setText}
        unit={wallet}
        fault={typeof read === "string" ? read : undefined}
      />
      <dl className="text-sm">
        <Row name="Liquidation at">{after === null ? "Never" : priceText(after, contract.priceScale)}</Row>
      </dl>
    </Deed>
  );
}

interface DeedProps {
  readonly title: string;
  readonly submit: () => void;
  readonly disabled: boolean;
  readonly button: string;
  readonly error: Error | null;
  readonly children: ReactNode;
}

function Deed({ title, submit, disabled, button, error, children }: DeedProps) {
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!disabled) submit();
  };
  return (
    <form onSubmit={onSubmit} aria-label={title} className="flex flex-col gap-1 border-t border-line pt-3">
      <h3 className="text-sm font-semibold">{title}</h3>
      {children}
      <Refusal error={error} />
      <button
        type="submit"
        disabled={disabled}
        className="mt-1 h-9 rounded-md border border-line font-medium hover:bg-raised disabled:bg-raised disabled:text-muted"
      >
        {button}
      </button>
    </form>
  );
}
