/**
 * Entry of the torture: reads a plan and a program, cuts, and writes what came of it. The same on every engine.
 */
import type { Host } from "../world/host";
import type { Outcome } from "./fork";
import { readPlan } from "./plan";
import { randomProgram } from "./programs";
import { report, reportEnd } from "./report";
import type { Run } from "./run";
import { createRun, runAll } from "./run";

/** Does something; where an engine cannot catch, a fault ends the torture. */
function simply(action: () => void): string {
  action();
  return "";
}

/** The world's own lines are no part of the answer. */
function nothing(line: string): void {
  if (line === "") {
    return;
  }
}

/** A host that hands out these lines. */
function programHost(lines: string[]): Host {
  let next = 0;
  return {
    read_line: function () {
      next += 1;
      return next <= lines.length ? lines[next - 1] : undefined;
    },
    write_line: nothing,
  };
}

/** A host whose program has another memory than it says; the last setting before `begin` holds. */
function otherPart(host: Host, part: string): Host {
  let held = "";
  let begun = part === "";
  return {
    read_line: function () {
      if (held !== "") {
        const line = held;
        held = "";
        return line;
      }
      const line = host.read_line();
      if (!begun && line !== undefined && line.substring(0, 6) === "begin ") {
        begun = true;
        held = line;
        return "set nvm " + part;
      }
      return line;
    },
    write_line: nothing,
  };
}

/** Runs a plan; `attempt` catches what an action throws and tells it, where the engine can. False after the last one. */
export function runPlan(host: Host, attempt: (action: () => void) => string): boolean {
  const plan = readPlan(host);
  if (plan === undefined) {
    return false;
  }
  const on_outcome = function (one: Run, outcome: Outcome): void {
    report(one, host, outcome);
  };
  let run: Run;
  if (plan.mode === "exhaustive") {
    run = createRun(otherPart(host, plan.part), plan, plan.tokens, attempt, on_outcome);
  } else {
    const program = randomProgram(plan.seed, plan.part, plan.mode === "tokens");
    run = createRun(programHost(program.lines), plan, program.tokens, attempt, on_outcome);
  }
  runAll(run);
  reportEnd(run, host);
  return true;
}

export function runProgram(host: Host): void {
  let more = true;
  while (more) {
    more = runPlan(host, simply);
  }
}
