/**
 * An inspection for people.
 */
import { en } from "../../sim/page/texts/en";
import type { Inspection } from "../../sim/serve/messages";
import { table } from "../output";

export function inspectionText({ kind, sections, problem, unchecked }: Inspection): string {
  const parts = sections.map(({ title, rows }) => `${title}\n${table(rows.map((row) => ["", ...row]))}`);
  const notes: string[][] = unchecked.map((name) => ["not checked", en[`unchecked_${name}`]]);
  if (problem !== "") notes.unshift(["wrong", problem]);
  const head = [["this is", en[`inspected_${kind}`]], ...notes];
  return [table(head), ...parts].join("\n");
}
