// Switches between light, dark and the system's theme.

import { nextChoice, type ThemeChoice, useTheme } from "../theme/theme";

const NAMES: Record<ThemeChoice, string> = { system: "as the system", light: "light", dark: "dark" };

const SHAPES: Record<ThemeChoice, string> = {
  system: "M3 4h14v9H3zM7 17h6M10 13v4",
  light:
    "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4",
  dark: "M16.5 12A7 7 0 0 1 8 3.5A7 7 0 1 0 16.5 12z",
};

export function ThemeSwitch() {
  const choice = useTheme((state) => state.choice);
  const choose = useTheme((state) => state.choose);
  const next = nextChoice(choice);
  return (
    <button
      type="button"
      onClick={() => choose(next)}
      aria-label={`Colors: ${NAMES[choice]}. Change to ${NAMES[next]}`}
      title={`Colors: ${NAMES[choice]}`}
      className="grid size-8 place-items-center rounded-md text-muted hover:bg-raised hover:text-text"
    >
      <svg viewBox="0 0 20 20" className="size-4" aria-hidden="true">
        <path
          d={SHAPES[choice]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
    </button>
  );
}
