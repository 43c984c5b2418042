// The theme's colours and font for what is drawn on a canvas, where style sheets don't reach.

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

/** The colours as they are now; read them again when the theme changes. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: colour("panel"),
    raised: colour("raised"),
    line: colour("line"),
    grid: colour("grid"),
    text: colour("text"),
    muted: colour("muted"),
    accent: colour("accent"),
    buy: colour("buy"),
    sell: colour("sell"),
    buyBar: colour("buy-bar"),
    sellBar: colour("sell-bar"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** The size of `1rem`, which follows the screen. */
export function remPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
