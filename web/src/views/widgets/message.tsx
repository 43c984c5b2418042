// A message in place of a missing value: the reason, and a remedy.

import type { ReactNode } from "react";

interface MessageProps {
  readonly title: string;
  readonly detail?: string;
  readonly action?: ReactNode;
}

export function Message({ title, detail, action }: MessageProps) {
  return (
    <div className="flex h-full min-h-32 flex-col items-center justify-center gap-1 px-6 py-8 text-center">
      <p className="font-medium">{title}</p>
      {detail === undefined ? null : (
        <p className="max-w-[42ch] text-sm wrap-anywhere text-muted">{detail}</p>
      )}
      {action === undefined ? null : <div className="mt-3">{action}</div>}
    </div>
  );
}

interface TextButtonProps {
  readonly children: ReactNode;
  /** The text for screen readers, if the visible words alone are unclear. */
  readonly label?: string | undefined;
  readonly onClick: () => void;
}

export function TextButton({ children, label, onClick }: TextButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onClick}
      className="rounded-md border border-line bg-panel px-2.5 py-0.5 text-sm font-medium hover:bg-raised"
    >
      {children}
    </button>
  );
}
