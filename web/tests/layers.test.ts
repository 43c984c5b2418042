import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "..", "src");

/** Lowest first: a file imports from its own layer and the layers before it. */
const LAYERS = ["openapi", "wire", "model", "api", "socket", "store", "views", "main"];

function layerOf(path: string): number {
  const [first = ""] = relative(SOURCE, path).split("/");
  return LAYERS.indexOf(first.replace(/\.tsx?$/, ""));
}

/** Generated files have no limit of length. */
const GENERATED = "openapi.ts";

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => join(SOURCE, name));

it("imports point to lower layers only", () => {
  const wrong = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)]
      .map(([, target = ""]) => normalize(join(dirname(file), target)))
      .filter(
        (target) => !target.endsWith(".css") && (layerOf(target) < 0 || layerOf(target) > layerOf(file)),
      )
      .map((target) => `${relative(SOURCE, file)} imports ${relative(SOURCE, target)}`),
  );
  expect(files.length).toBeGreaterThan(40);
  expect(wrong).toEqual([]);
});

it("the model is pure: no clock, no chance, no network, no page", () => {
  const impure = /\b(Date\.now|new Date\(\)|Math\.random|fetch\(|window\.|document\.|setTimeout|setInterval)/;
  const wrong = files.filter((file) => layerOf(file) === 1 && impure.test(readFileSync(file, "utf8")));
  expect(wrong.map((file) => relative(SOURCE, file))).toEqual([]);
});

it("a file is a noun that fits three screens", () => {
  const written = files.filter((file) => relative(SOURCE, file) !== GENERATED);
  const long = written.filter((file) => readFileSync(file, "utf8").split("\n").length > 250);
  expect(long.map((file) => relative(SOURCE, file))).toEqual([]);
});
