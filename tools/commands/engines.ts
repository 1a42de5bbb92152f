/**
 * Engine names as command-line arguments.
 */
import { InvalidArgumentError } from "commander";
import { ENGINE_NAMES, type EngineName } from "../../sim/engines/contract";

export const ENGINE_LIST = ENGINE_NAMES.join(", ");

export function parseEngine(text: string): EngineName {
  const name = ENGINE_NAMES.find((candidate) => candidate === text);
  if (name === undefined) throw new InvalidArgumentError(`the engines are ${ENGINE_LIST}.`);
  return name;
}
