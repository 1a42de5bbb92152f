/**
 * Rules that need more than one field: what the shape of a scenario cannot say.
 */
import { DUTY_TURN_MIN_S } from "../../firmware/settings";
import { nvmGeometry } from "../twins/nvm_parts";
import { DISPLAY_CHARACTERS, FIELD_VALUES, SPACED_FIELDS, isNumberField } from "./fields";
import { RUN_MAX_S } from "./limits";
import { VERBS, type Expectation, type Scenario, type Step } from "./schema";
import type { ScenarioTariff } from "./settings_schema";
import type { FieldPath, Problem } from "./problem";
import { instantUtcS, timeMs } from "./times";
import { tokenProblems, tokenSetProblems } from "./token_steps";

export type { FieldPath, Problem } from "./problem";

/** Verbs whose object must have exactly one field. */
const ONE_OF_VERBS = ["sensor", "valve", "nvm", "clock", "card"] as const;

export function tariffProblems(tariff: ScenarioTariff, path: FieldPath): Problem[] {
  const problems: Problem[] = [];
  let limit_l = 0;
  tariff.blocks.forEach((block, index) => {
    const at = [...path, "blocks", index, "up_to_l"];
    const last = index === tariff.blocks.length - 1;
    if (last && block.up_to_l !== undefined) {
      problems.push({ path: at, message: "must be left out of the last block, whose price has no limit" });
    }
    if (!last && block.up_to_l === undefined) {
      problems.push({ path: at, message: "is missing: only the last block has no limit" });
    }
    if (block.up_to_l !== undefined && block.up_to_l <= limit_l) {
      problems.push({ path: at, message: `must be above the limit before it, ${limit_l}` });
    }
    limit_l = block.up_to_l ?? limit_l;
  });
  return problems;
}

function textProblem(field: string, value: string): string | undefined {
  const values = FIELD_VALUES[field];
  if (values !== undefined && !values.includes(value)) return `must be one of ${values.join(", ")}`;
  if (field === "display" && value.length > DISPLAY_CHARACTERS) {
    return `must have at most ${DISPLAY_CHARACTERS} characters`;
  }
  return value.includes(" ") && !SPACED_FIELDS.includes(field) ? "must not have a space" : undefined;
}

function expectationProblems(expectation: Expectation, path: FieldPath): Problem[] {
  const { field, is, min, max } = expectation;
  const problems: Problem[] = [];
  if (is === undefined && min === undefined && max === undefined) {
    problems.push({ path, message: 'needs "is", "min" or "max"' });
  }
  if (is !== undefined && (min !== undefined || max !== undefined)) {
    problems.push({ path: [...path, "is"], message: 'stands alone, without "min" and "max"' });
  }
  if (min !== undefined && max !== undefined && min > max) {
    problems.push({ path: [...path, "max"], message: `must not be below "min", ${min}` });
  }
  if (isNumberField(field)) {
    if (typeof is === "string") problems.push({ path: [...path, "is"], message: `must be a number, as ${field} is` });
    return problems;
  }
  if (typeof is === "number") problems.push({ path: [...path, "is"], message: `must be a text, as ${field} is` });
  if (typeof is === "string") {
    const message = textProblem(field, is);
    if (message !== undefined) problems.push({ path: [...path, "is"], message });
  }
  for (const bound of ["min", "max"] as const) {
    if (expectation[bound] !== undefined) {
      problems.push({ path: [...path, bound], message: `is for numbers, and ${field} is a text` });
    }
  }
  return problems;
}

function stepProblems(step: Step, path: FieldPath): Problem[] {
  const present = VERBS.filter((verb) => step[verb] !== undefined);
  if (present.length !== 1) {
    const found = present.length === 0 ? "none" : present.join(" and ");
    return [{ path, message: `must have exactly one verb beside "at", not ${found}` }];
  }
  const problems: Problem[] = [];
  for (const verb of ONE_OF_VERBS) {
    const fields = step[verb];
    if (fields !== undefined && Object.keys(fields).length !== 1) {
      problems.push({ path: [...path, verb], message: "must have exactly one field" });
    }
  }
  if (step.token !== undefined) problems.push(...tokenProblems(step.token, [...path, "token"]));
  if (step.tariff !== undefined) problems.push(...tariffProblems(step.tariff, [...path, "tariff"]));
  if (step.expect !== undefined) problems.push(...expectationProblems(step.expect, [...path, "expect"]));
  return problems;
}

function meterProblems(scenario: Scenario): Problem[] {
  const { lifeline, radio, sensor } = scenario.meter;
  const problems: Problem[] = [];
  if (lifeline.kind === "flow_limit" && lifeline.open_s > lifeline.period_s - DUTY_TURN_MIN_S) {
    const most_s = lifeline.period_s - DUTY_TURN_MIN_S;
    problems.push({
      path: ["meter", "lifeline", "open_s"],
      message: `must be at most period_s - ${DUTY_TURN_MIN_S}, ${most_s}`,
    });
  }
  scenario.steps.forEach((step, index) => {
    if (typeof step.radio !== "object") return;
    const path = ["steps", index, "radio"];
    if (Object.keys(step.radio).length !== 1) problems.push({ path, message: "must have exactly one field" });
    if (radio === undefined) problems.push({ path, message: 'needs "radio" in "meter": whose key seals it' });
  });
  if (sensor.start >= sensor.wrap) {
    problems.push({ path: ["meter", "sensor", "start"], message: `must be below wrap, ${sensor.wrap}` });
  }
  return problems;
}

/** A sector that the meter's part does not have cannot wear. */
function wearProblems(scenario: Scenario): Problem[] {
  const { size_bytes, sector_bytes } = nvmGeometry(scenario.meter.nvm);
  const sectors = size_bytes / sector_bytes;
  return scenario.steps.flatMap((step, index) => {
    const sector = step.nvm?.wear?.sector ?? 0;
    if (sector < sectors) return [];
    const path = ["steps", index, "nvm", "wear", "sector"];
    return [{ path, message: `must be below ${sectors}, the sectors of ${scenario.meter.nvm}` }];
  });
}

/** A card enters where none is, and leaves when it is there; one that is pulled at a byte is gone or not. */
function cardProblems(scenario: Scenario): Problem[] {
  const problems: Problem[] = [];
  let is_there: boolean | undefined = false;
  scenario.steps.forEach(({ card }, index) => {
    const path = ["steps", index, "card"];
    if (card?.in !== undefined) {
      if (is_there === true)
        problems.push({ path: [...path, "in"], message: "must wait until the card before is out" });
      is_there = true;
    } else if (card?.out !== undefined) {
      if (is_there === false) problems.push({ path: [...path, "out"], message: "needs a card that is there" });
      is_there = false;
    } else if (card?.pull_after !== undefined) {
      if (is_there === false) problems.push({ path: [...path, "pull_after"], message: "needs a card that is there" });
      is_there = undefined;
    }
  });
  return problems;
}

function commissionProblems(scenario: Scenario): Problem[] {
  if (!scenario.commissioned && scenario.opening_credit_milli !== 0) {
    const message = 'needs "commissioned": true; a meter commissioned by a step gets its credit there';
    return [{ path: ["opening_credit_milli"], message }];
  }
  const index = scenario.steps.findIndex((step) => step.commission !== undefined);
  if (scenario.commissioned && index >= 0) {
    return [{ path: ["steps", index, "commission"], message: 'needs "commissioned": false' }];
  }
  return [];
}

function timeProblems(scenario: Scenario): Problem[] {
  const problems: Problem[] = [];
  let before_ms = 0;
  scenario.steps.forEach((step, index) => {
    const at_ms = timeMs(step.at);
    if (at_ms < before_ms)
      problems.push({ path: ["steps", index, "at"], message: "must not be before the step above it" });
    before_ms = at_ms;
  });
  if (scenario.end !== "flow") {
    const end_ms = timeMs(scenario.end);
    if (end_ms < before_ms) problems.push({ path: ["end"], message: "must not be before the last step" });
    if (end_ms > RUN_MAX_S * 1000) problems.push({ path: ["end"], message: "must be within 16 years" });
  }
  // Before 1970-01-02 a UTC offset would lead to days below zero.
  if (typeof scenario.start === "string" && scenario.start !== "flow" && instantUtcS(scenario.start) < 86_400) {
    problems.push({ path: ["start"], message: "must be after 1970-01-02" });
  }
  return problems;
}

/** Everything that is wrong between the fields of a scenario whose shape is right. */
export function scenarioProblems(scenario: Scenario): Problem[] {
  return [
    ...meterProblems(scenario),
    ...tariffProblems(scenario.tariff, ["tariff"]),
    ...commissionProblems(scenario),
    ...scenario.steps.flatMap((step, index) => stepProblems(step, ["steps", index])),
    ...wearProblems(scenario),
    ...tokenSetProblems(scenario),
    ...cardProblems(scenario),
    ...timeProblems(scenario),
    ...scenario.expect.flatMap((expectation, index) => expectationProblems(expectation, ["expect", index])),
  ];
}
