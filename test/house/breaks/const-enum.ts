// breaks: no-restricted-syntax "no enums"
export const enum State {
  Open,
  Shut,
}
