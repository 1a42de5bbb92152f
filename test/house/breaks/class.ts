// breaks: no-restricted-syntax "no classes"
export class Valve {
  open = 1;
}
