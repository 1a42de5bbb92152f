// breaks: no-restricted-syntax "only ASCII"
export const unit = "m³";
