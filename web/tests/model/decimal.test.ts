import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  changeBasisPoints,
  DecimalError,
  decimalsOf,
  divideRounded,
  formatCompact,
  formatDecimal,
  formatPercent,
  formatUnits,
  parseDecimal,
  parseUnits,
} from "../../src/model/decimal";
import { check } from "../seed";

describe("reading decimals", () => {
  it("keeps every digit, however many", () => {
    expect(parseDecimal("123456789012345678.123456789")).toEqual({
      units: 123456789012345678123456789n,
      scale: 9,
    });
  });

  it.each(["", "-", "1e-7", "0x10", " 1", "1,000", ".5", "NaN", "1.2.3"])("refuses %j", (text) => {
    expect(() => parseDecimal(text)).toThrow(DecimalError);
  });

  it("brings a text to a scale when nothing is lost", () => {
    expect(parseUnits("86700", 1)).toBe(867000n);
    expect(parseUnits("86700.0", 1)).toBe(867000n);
    expect(parseUnits("0.10000", 1)).toBe(1n);
    expect(parseUnits("-0.25", 3)).toBe(-250n);
  });

  it("refuses digits finer than the scale", () => {
    expect(() => parseUnits("0.15", 1)).toThrow(DecimalError);
  });

  it("counts the decimals a step needs", () => {
    expect(["0.01", "0.0100", "5", "1.0", "0.00001"].map(decimalsOf)).toEqual([2, 2, 0, 0, 5]);
  });
});

describe("writing decimals", () => {
  it("groups thousands and keeps all decimals", () => {
    expect(formatUnits(123456789n, 2)).toBe("1,234,567.89");
    expect(formatUnits(-5n, 3)).toBe("\u22120.005");
    expect(formatUnits(0n, 0)).toBe("0");
    expect(formatUnits(100000n, 0)).toBe("100,000");
  });

  it("rounds half away from zero where digits don't fit", () => {
    expect(formatDecimal("2.675", 2)).toBe("2.68");
    expect(formatDecimal("1.005", 2)).toBe("1.01");
    expect(formatDecimal("-1.005", 2)).toBe("\u22121.01");
    expect(formatDecimal("7", 2)).toBe("7.00");
  });

  it("has no float errors: the written text equals the text that was read", () => {
    check(
      "format after parse",
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat(12), (units, scale) => {
        const text = formatUnits(units, scale).replaceAll(",", "");
        expect(parseUnits(text, scale)).toBe(units);
      }),
    );
  });

  it("shortens large amounts to a few figures", () => {
    expect(formatCompact("789.125")).toBe("789.13");
    expect(formatCompact("1234.5")).toBe("1.23 K");
    expect(formatCompact("45678")).toBe("45.7 K");
    expect(formatCompact("12345678.9")).toBe("12.3 M");
    expect(formatCompact("999999999")).toBe("1,000.0 M");
    expect(formatCompact("1234567890123456")).toBe("1,235 T");
    expect(formatCompact("0")).toBe("0.00");
  });
});

describe("changes", () => {
  it("are worked out from the prices, to a hundredth of a percent", () => {
    expect(changeBasisPoints("100", "101.5")).toBe(150n);
    expect(changeBasisPoints("3", "2")).toBe(-3333n);
    expect(changeBasisPoints("0.1", "0.3")).toBe(20000n);
    expect(changeBasisPoints("0", "1")).toBeNull();
  });

  it("carry their sign in text", () => {
    expect([150n, -3333n, 0n].map(formatPercent)).toEqual(["+1.50%", "\u221233.33%", "0.00%"]);
  });

  it("round half away from zero on both sides", () => {
    expect([divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(4n, 3n)]).toEqual([3n, -3n, 1n]);
  });
});
