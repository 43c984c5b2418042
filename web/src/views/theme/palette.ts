// The theme's colors and font for drawing on a canvas, which style sheets don't reach.

export interface Palette {
  readonly panel: string;
  readonly raised: string;
  readonly line: string;
  readonly grid: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly buy: string;
  readonly sell: string;
  readonly buyBar: string;
  readonly sellBar: string;
  readonly font: string;
}

/** The current colors; read them again when the theme changes. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: color("panel"),
    raised: color("raised"),
    line: color("line"),
    grid: color("grid"),
    text: color("text"),
    muted: color("muted"),
    accent: color("accent"),
    buy: color("buy"),
    sell: color("sell"),
    buyBar: color("buy-bar"),
    sellBar: color("sell-bar"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** The size of `1rem`, which depends on the screen. */
export function remPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
