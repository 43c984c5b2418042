// Short news of what became of something a person did. They float, so nothing moves, and go by themselves.

import { create } from "zustand";

/** What was refused has to be read, and perhaps acted upon. */
const SHOWN_MS = { done: 6_000, refused: 20_000 } as const;
const AT_MOST = 4;

interface Toast {
  readonly id: number;
  readonly kind: "done" | "refused";
  readonly text: string;
}

const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));
let lastId = 0;

/** Tell what was done, or why it was not. */
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
