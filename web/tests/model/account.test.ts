import { describe, expect, it } from "vitest";
import { accountOf, totalOf, withFrame } from "../../src/model/account";
import { filledPercent, orderOfBody } from "../../src/model/order";
import { endingInWords, refusalInWords } from "../../src/model/refusal";
import type { OrderBody, OrderFrame } from "../../src/wire";

const body = (fields: Partial<OrderBody> = {}): OrderBody =>
  ({
    id: "7",
    symbol: "SOL_USDC",
    side: "Bid",
    orderType: "Limit",
    status: "New",
    price: "99.5",
    quantity: "4",
    executedQuantity: "0",
    postOnly: true,
    createdAt: 1_000,
    ...fields,
  }) as OrderBody;

const frame = (fields: Partial<OrderFrame>): OrderFrame => ({
  e: "orderFill",
  T: 2_000_000,
  s: "SOL_USDC",
  i: "7",
  S: "Bid",
  o: "LIMIT",
  f: "GTC",
  q: "4",
  p: "99.5",
  X: "PartiallyFilled",
  z: "1",
  ...fields,
});

const START = accountOf([body()], { USDC: { available: "10", locked: "398", staked: "0" } });

describe("the own account", () => {
  it("takes an order as a fill leaves it, and keeps when it was placed", () => {
    const [order] = withFrame(START, frame({})).orders;
    expect(order).toMatchObject({ filled: "1", timeMs: 1_000, status: "PartiallyFilled" });
    expect(order && filledPercent(order)).toBe(25);
  });

  it.each(["Filled", "Cancelled", "Expired"])("lets an order go that is %s", (X) => {
    expect(withFrame(START, frame({ X })).orders).toEqual([]);
  });

  it("has the same result when recent frames are applied twice", () => {
    const frames = [
      frame({ e: "orderAccepted", i: "8", X: "New", z: "0" }),
      frame({ i: "8", z: "4", X: "Filled" }),
      frame({ z: "2" }),
    ];
    const once = frames.reduce(withFrame, START);
    expect(frames.reduce(withFrame, once)).toEqual(once);
    expect(once.orders.map(({ id }) => id)).toEqual(["7"]);
  });

  it("takes a balance as it is stated", () => {
    const view = withFrame(START, { e: "balanceUpdate", a: "USDC", A: "408", L: "0" });
    expect(view.balances["USDC"]).toEqual({ free: "408", locked: "0" });
    expect(totalOf({ free: "0.1", locked: "0.25" })).toBe("0.35");
    expect(totalOf({ free: "1", locked: "2" })).toBe("3");
  });

  it("knows an order that waits by its trigger", () => {
    const waiting = body({
      status: "TriggerPending",
      triggerPrice: "105",
      triggerQuantity: "1",
      quantity: null,
    });
    expect(orderOfBody(waiting)).toMatchObject({ trigger: { price: "105", quantity: "1" }, quantity: null });
    expect(orderOfBody(body({ triggerPrice: "105", triggerQuantity: "1" })).trigger).toBeNull();
  });
});

it("puts a known refusal into plain words and keeps the text of an unknown one", () => {
  expect(
    refusalInWords({ code: "INVALID_ORDER", message: "Order would immediately match and take" }),
  ).toMatch(/post-only/);
  expect(refusalInWords({ code: "INSUFFICIENT_FUNDS", message: "Insufficient funds" })).toMatch(/free/);
  expect(refusalInWords({ code: "NEW_CODE", message: "Something new" })).toBe("Something new");
  expect(endingInWords("FillOrKill")).toMatch(/completely/);
  expect(endingInWords("SomethingElse")).toBe("something else");
});
