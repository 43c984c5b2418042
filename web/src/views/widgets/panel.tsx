// A titled area of the page.

import type { ReactNode } from "react";

interface PanelProps {
  readonly title: string;
  /** Content beside the title. */
  readonly tools?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Panel({ title, tools, className = "", children }: PanelProps) {
  return (
    <section aria-label={title} className={`relative flex min-h-0 min-w-0 flex-col bg-panel ${className}`}>
      <header className="flex h-10 shrink-0 items-center justify-between gap-3 border-b border-line px-3">
        <h2 className="text-sm font-semibold">{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  );
}
