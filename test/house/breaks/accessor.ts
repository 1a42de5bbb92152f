// breaks: no-restricted-syntax "no accessors"
export const meter = {
  get litres(): number {
    return 1;
  },
};
