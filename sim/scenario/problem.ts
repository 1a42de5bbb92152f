/**
 * What is wrong with a scenario, and where.
 */
export type FieldPath = (string | number)[];

export interface Problem {
  path: FieldPath;
  /** What is wrong, without the place. */
  message: string;
}
