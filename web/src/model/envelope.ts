// The frames of the socket: `{"stream": …, "data": …}`, or an error about a request of the terminal.

import type { Frame } from "../wire";

export type Envelope =
  | { readonly kind: "frame"; readonly stream: string; readonly frame: Frame }
  | { readonly kind: "error"; readonly code: number; readonly message: string };

const FRAME_KINDS: ReadonlySet<string> = new Set<Frame["e"]>([
  "ticker",
  "depth",
  "trade",
  "kline",
  "markPrice",
  "orderAccepted",
  "orderFill",
  "orderModified",
  "orderCancelled",
  "orderExpired",
  "triggerPlaced",
  "triggerFailed",
  "balanceUpdate",
  "cfdQuote",
  "positionOpened",
  "positionChanged",
  "positionClosed",
]);

/** The envelope in `text`; `null` if its form is unknown, as it may be from a newer venue. */
export function parseEnvelope(text: string): Envelope | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isRecord(message)) return null;
  const { stream, data, error } = message;
  if (isRecord(error))
    return { kind: "error", code: Number(error["code"]), message: String(error["message"]) };
  if (typeof stream !== "string" || !isRecord(data) || !FRAME_KINDS.has(String(data["e"]))) return null;
  return { kind: "frame", stream, frame: data as unknown as Frame };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
