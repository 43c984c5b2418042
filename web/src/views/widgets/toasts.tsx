// Short messages about the result of a user's action. They float, so nothing moves, and they disappear by themselves.

import { create } from "zustand";

/** A refusal stays longer, because the user has to read it and may have to act. */
const SHOWN_MS = { done: 6_000, refused: 20_000 } as const;
const AT_MOST = 4;

interface Toast {
  readonly id: number;
  readonly kind: "done" | "refused";
  readonly text: string;
}

const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));
let lastId = 0;

/** Show the result of an action, or the reason for its refusal. */
export function toast(kind: Toast["kind"], text: string): void {
  lastId += 1;
  const id = lastId;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { id, kind, text }].slice(-AT_MOST) }));
  setTimeout(() => dismiss(id), SHOWN_MS[kind]);
}

function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((shown) => shown.id !== id) }));
}

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed right-3 bottom-3 z-50 flex w-[min(22rem,calc(100vw-1.5rem))] flex-col gap-2"
    >
      {toasts.map(({ id, kind, text }) => (
        <div
          key={id}
          data-toast={kind}
          className={`pointer-events-auto flex items-start gap-3 rounded-lg border bg-panel px-3 py-2 text-sm shadow-xl ${
            kind === "done" ? "border-buy" : "border-sell"
          }`}
        >
          <p className="mr-auto">{text}</p>
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(id)} className="px-1 text-muted">
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
