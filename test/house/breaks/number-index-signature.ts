// breaks: no-restricted-syntax "no array-like types"
export interface Bytes {
  [index: number]: number;
}
