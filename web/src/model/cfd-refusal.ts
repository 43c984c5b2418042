// Messages for the refusals of the CFD routes: each names the problem and the remedy.

import * as ofOrders from "./refusal";

/** By the API's code, if the code suffices and its message for a position differs from that for an order. */
const BY_CODE: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: "The free balance of your wallet is too small. Use less margin, or deposit first.",
  RESOURCE_NOT_FOUND: "This position is no longer open.",
  QUOTE_DOUBTED: "The price is in doubt, and no trade is possible at the old one. Try again in a moment.",
  SESSION_CLOSED: "The trading session is closed. Try again when it opens.",
  TIMEOUT: "No answer arrived in time, so the result is unknown. Check your positions before you try again.",
  UNREACHABLE:
    "The venue is unreachable, so the result is unknown. Check your positions before you try again.",
};

/** By the venue's message. */
const BY_MESSAGE: Readonly<Record<string, string>> = {
  "There is no fresh price right now":
    "There is no fresh price now, and no trade is possible at an old one. Try again when the price moves.",
  "The market does not accept this order now": "This contract accepts no new positions now. Try again later.",
  "The margin is outside the contract's limits":
    "The margin is too small, or the rest of the position would be. Use more margin, close less, or close everything.",
  "The leverage is outside the contract's limits":
    "The leverage is above this contract's limit. Use less leverage.",
  "A trigger is out of range, or on the wrong side":
    "The price has moved past your stop loss or take profit. Set it on the other side of the price.",
  "At this leverage the spread alone would liquidate the position":
    "At this leverage the spread alone would liquidate the position. Use less leverage.",
  "The account would hold more of the contract than it may":
    "Your positions would exceed this contract's limit for one account. Use less margin or less leverage.",
  "The house takes no more of this contract now":
    "The venue's limit for this direction is reached. Use less margin, or try again later.",
  "The account has as many open positions as it may have":
    "You have the maximum number of open positions. Close one first.",
};

/** The message for a refusal; `message` itself if there is no plainer one. */
export function refusalInWords({ code, message }: ofOrders.Refused): string {
  return (
    BY_MESSAGE[message] ??
    ofOrders.byMessage(message) ??
    BY_CODE[code] ??
    ofOrders.refusalInWords({ code, message })
  );
}
