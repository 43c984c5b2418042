// Copies a text to the clipboard and confirms it.

import { useState } from "react";
import { TextButton } from "./message";

const TOLD_MS = 2_000;

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  // Browsers allow the clipboard only on pages that were loaded over an encrypted connection or from this machine.
  if (navigator.clipboard === undefined) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), TOLD_MS);
  };
  return (
    <TextButton label={label} onClick={() => void copy()}>
      {copied ? "Copied" : "Copy"}
    </TextButton>
  );
}
