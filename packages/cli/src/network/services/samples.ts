/** The sample models that a first start publishes, in this order; the first one is asked. `og` is packed with them. */
export const SAMPLES = [
  'volatility_mlp_16_32_32_1',
  'credit_logistic_12',
  'credit_gbt_200x4_regressor',
  'digits_mlp_784_128_10',
  'digits_lenet',
] as const
