// Refusals of the CFD routes for people: each names the obstacle and the way out.

import * as ofOrders from "./refusal";

/** By the API's code where that says enough, and says something else of a position than of an order. */
const BY_CODE: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: "Your wallet has less free than this takes. Use less margin, or deposit first.",
  RESOURCE_NOT_FOUND: "This position is not open any more.",
  TIMEOUT: "No answer came in time. It may still have happened: look at your positions before you try again.",
  UNREACHABLE:
    "The venue could not be reached. Nothing is known about what became of it: look at your positions.",
};

/** By what the venue said. */
const BY_MESSAGE: Readonly<Record<string, string>> = {
  "There is no fresh price right now":
    "There is no fresh price right now, and nobody is dealt with at an old one. Try again when the price moves.",
  "The market does not accept this order now": "This contract takes no new positions now.",
  "The margin is outside the contract's limits":
    "The margin is too small, or would leave too little behind. Close all of it, or less of it.",
  "The leverage is outside the contract's limits": "This contract does not go with that much leverage.",
  "A trigger is out of range, or on the wrong side":
    "The price has moved past your stop loss or take profit. Set it on the other side of the price.",
  "At this leverage the spread alone would liquidate the position":
    "At this leverage the spread alone would liquidate the position. Use less leverage.",
  "The account would hold more of the contract than it may":
    "You would hold more of this contract than one account may. Use less margin or less leverage.",
  "The house takes no more of this contract now":
    "The house takes no more in this direction now. Use less, or try the other side later.",
  "The account has as many open positions as it may have":
    "You have as many open positions as an account may have. Close one first.",
};

/** A refusal in plain words; `message` itself when nothing plainer is known. */
export function refusalInWords({ code, message }: ofOrders.Refused): string {
  return (
    BY_MESSAGE[message] ??
    ofOrders.byMessage(message) ??
    BY_CODE[code] ??
    ofOrders.refusalInWords({ code, message })
  );
}
