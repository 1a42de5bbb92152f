// breaks: no-restricted-syntax "no #private"
export class Valve {
  #open = 1;
  read(): number {
    return this.#open;
  }
}
