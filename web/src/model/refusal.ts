// Messages for the venue's refusals: each names the problem and the remedy.

/** By the venue's message; the API guarantees this wording. */
const BY_MESSAGE: Readonly<Record<string, string>> = {
  "Order would immediately match and take":
    "The order is post-only and would trade at once. Change the price, or switch post-only off.",
  "Price is too far from the last active price":
    "The price is too far from the last trade for this market. Bring it closer.",
  "The price is outside the market's limits": "The price is outside this market's limits. Change the price.",
  "The quantity is outside the market's limits, or no more than is filled":
    "The quantity is outside this market's limits, or no more than is filled. Change the quantity.",
  "The market does not accept this order now":
    "This market does not accept such orders now. Try another kind of order, or try again later.",
  "The account has as many open orders as it may have":
    "You have the maximum number of open orders. Cancel one first.",
  "The price that the trigger follows does not exist yet":
    "The price that the trigger follows does not exist yet. Try again later.",
  "The order waits for its trigger: it can be canceled, not replaced":
    "The order is waiting for its trigger and cannot be changed. Cancel it and place another.",
  "The request reached the engine too late and was not carried out":
    "The venue was too busy and did not carry out the request. Try again.",
};

/** Otherwise by the API's code, if the code suffices. */
const BY_CODE: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: "Your free balance is too small. Reduce the amount, or deposit first.",
  RESOURCE_NOT_FOUND: "This order is no longer open.",
  UNAUTHORIZED: "You are no longer signed in. Sign in again.",
  TIMEOUT: "No answer arrived in time, so the result is unknown. Check your orders before you try again.",
  TOO_MANY_REQUESTS: "You have sent too many requests. Wait a moment and try again.",
  MAINTENANCE: "A part of the venue is unavailable, so the request was not carried out. Try again soon.",
  SERVER_ERROR:
    "The venue had an internal error, so the result is unknown. Check the result before you try again.",
  UNREACHABLE: "The venue is unreachable, so the result is unknown. Check your orders before you try again.",
};

export interface Refused {
  readonly code: string;
  readonly message: string;
}

/** The plain words for a message of the venue, if there are any. */
export function byMessage(message: string): string | undefined {
  return BY_MESSAGE[message];
}

/** The message for a refusal; the venue's own message if there is no plainer one. */
export function refusalInWords({ code, message }: Refused): string {
  return BY_MESSAGE[message] ?? BY_CODE[code] ?? message;
}

/** The reason why an order ended without a cancel, by the reason in its history or its update. */
const ENDINGS: Readonly<Record<string, string>> = {
  ImmediateOrCancel: "nothing more to trade with at its price",
  FillOrKill: "it could not be filled completely at once",
  SelfTradePrevention: "it would have traded with your own order",
  PriceImpact: "the book had too little near the best price",
  InsufficientLiquidity: "the book had nothing to trade with",
  InsufficientFunds: "your free balance was too small when it triggered",
  PostOnlyTaker: "it was post-only and would have traded at once",
};

export function endingInWords(reason: string): string {
  return ENDINGS[reason] ?? reason.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
