// Light or dark: the system's choice until the user makes one, which this browser then remembers.

import { create } from "zustand";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const KEY = "outcry.theme";
const CHOICES: readonly ThemeChoice[] = ["system", "light", "dark"];
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

interface ThemeState {
  readonly choice: ThemeChoice;
  readonly theme: Theme;
  choose(choice: ThemeChoice): void;
}

export const useTheme = create<ThemeState>((set) => ({
  choice: remembered(),
  theme: resolve(remembered()),
  choose: (choice) => {
    remember(choice);
    set({ choice, theme: resolve(choice) });
  },
}));

useTheme.subscribe(({ theme }) => {
  document.documentElement.dataset["theme"] = theme;
});
systemDark.addEventListener("change", () => {
  const { choice } = useTheme.getState();
  useTheme.setState({ theme: resolve(choice) });
});

/** The next choice, in the order of the switch. */
export function nextChoice(choice: ThemeChoice): ThemeChoice {
  return CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? "system";
}

function resolve(choice: ThemeChoice): Theme {
  if (choice !== "system") return choice;
  return systemDark.matches ? "dark" : "light";
}

function remembered(): ThemeChoice {
  try {
    return CHOICES.find((choice) => choice === localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system"; // Storage is switched off.
  }
}

function remember(choice: ThemeChoice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Storage is switched off: the choice lasts until the page is closed.
  }
}
