// breaks: no-restricted-syntax "no enums"
export enum State {
  Open,
  Shut,
}
