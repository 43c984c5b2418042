// Why the venue said no, for people: what is in the way and what can be done about it.

/** By what the venue said; the API promises these words. */
const BY_MESSAGE: Readonly<Record<string, string>> = {
  "Order would immediately match and take":
    "It would trade at once, and you asked for post-only. Move the price, or switch post-only off.",
  "Price is too far from the last active price":
    "The price is too far from the last trade for this market. Bring it closer.",
  "The price is outside the market's limits": "This market does not take that price.",
  "The quantity is outside the market's limits, or no more than is filled":
    "This market does not take that quantity, or as much has been filled already.",
  "The market does not accept this order now": "This market does not take such orders at the moment.",
  "The account has as many open orders as it may have":
    "You have as many open orders as an account may have. Cancel one first.",
  "The price that the trigger follows does not exist yet":
    "There is no price yet that a trigger could follow.",
  "The order waits for its trigger: it can be canceled, not replaced":
    "It waits for its trigger. Cancel it and place another.",
  "The request reached the engine too late and was not carried out":
    "The venue was too busy to do it in time, and did not do it. Try again.",
};

/** Else by the API's code, where that says enough. */
const BY_CODE: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: "You have less free than this takes. Make it smaller, or deposit first.",
  RESOURCE_NOT_FOUND: "This order is not open any more.",
  UNAUTHORIZED: "You are not signed in any more. Sign in again.",
  TIMEOUT: "No answer came in time. It may still have happened: look at your orders before you try again.",
  TOO_MANY_REQUESTS: "That was too much at once. Wait a moment and try again.",
  MAINTENANCE: "The venue is busy with itself at the moment. Nothing was sent; try again soon.",
  SERVER_ERROR: "Something went wrong at the venue. See what became of it before you try again.",
  UNREACHABLE:
    "The venue could not be reached. Nothing is known about what became of it: look at your orders.",
};

export interface Refused {
  readonly code: string;
  readonly message: string;
}

/** What the venue said in plain words, where they are known. */
export function byMessage(message: string): string | undefined {
  return BY_MESSAGE[message];
}

/** A refusal in plain words; what the venue said itself when nothing plainer is known. */
export function refusalInWords({ code, message }: Refused): string {
  return BY_MESSAGE[message] ?? BY_CODE[code] ?? message;
}

/** Why an order ended by itself, by the reason in its history or its update. */
const ENDINGS: Readonly<Record<string, string>> = {
  ImmediateOrCancel: "nothing more to trade with at its price",
  FillOrKill: "it could not be filled at once and whole",
  SelfTradePrevention: "it would have met an order of your own",
  PriceImpact: "the book was too thin close to the best price",
  InsufficientLiquidity: "the book has nothing to trade with",
  InsufficientFunds: "you had too little free when it fired",
  PostOnlyTaker: "it would have traded at once, and was post-only",
};

export function endingInWords(reason: string): string {
  return ENDINGS[reason] ?? reason.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
