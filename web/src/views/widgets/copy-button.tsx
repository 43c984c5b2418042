// Puts a text into the clipboard, and says that it did.

import { useState } from "react";
import { TextButton } from "./message";

const TOLD_MS = 2_000;

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  // Browsers give the clipboard to pages that came encrypted or from this machine, and to no others.
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
