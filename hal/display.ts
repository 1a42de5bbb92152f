/**
 * Display: eight characters and a row of annunciators.
 */
export interface Display {
  /**
   * Shows a text of at most 8 characters (ASCII 32 to 126, left-aligned) and the annunciators named by letters, in
   * this order: V valve shut, L low credit, E emergency credit, A alarm, T tamper, B battery low. Takes effect at once.
   */
  show(text: string, annunciators: string): void;
}
