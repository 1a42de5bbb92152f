import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NUMBER_FIELDS, TEXT_FIELDS } from "../../../sim/scenario/fields";
import { VERBS, scenarioJsonSchema } from "../../../sim/scenario/schema";
import * as view from "../../../sim/world/view";

const ROOT = join(__dirname, "..", "..", "..");

/** Every schema inside of a JSON Schema that describes a field. */
function* fieldsOf(schema: unknown, path: string): Iterable<[string, { description?: string }]> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      for (const [name, field] of Object.entries(value as object)) yield [`${path}.${name}`, field as object];
    }
    yield* fieldsOf(value, `${path}.${key}`);
  }
}

describe("scenario schema", () => {
  it("is not stale (curbstop sim schema --write sim/scenario/scenario.schema.json)", () => {
    const kept = readFileSync(join(ROOT, "sim", "scenario", "scenario.schema.json"), "utf8");
    assert.deepEqual(JSON.parse(kept), JSON.parse(scenarioJsonSchema()));
  });

  it("describes every field", () => {
    const bare = [...fieldsOf(JSON.parse(scenarioJsonSchema()), "")].filter(
      ([name, field]) => field.description === undefined && !name.endsWith(".kind"),
    );
    assert.deepEqual(
      bare.map(([name]) => name),
      [],
    );
  });

  it("knows the fields of the view", () => {
    assert.deepEqual([...NUMBER_FIELDS], view.NUMBER_FIELDS);
    assert.deepEqual([...TEXT_FIELDS], view.TEXT_FIELDS);
  });

  it("is explained field by field beside the scenarios", () => {
    const text = readFileSync(join(ROOT, "sim", "scenarios", "README.md"), "utf8");
    const top = Object.keys((JSON.parse(scenarioJsonSchema()) as { properties: object }).properties);
    for (const name of [...top, ...VERBS, ...NUMBER_FIELDS, ...TEXT_FIELDS]) {
      assert.ok(text.includes(`\`${name}\``), `${name} is not explained`);
    }
  });
});
