/**
 * The picture of people who have none: a grey silhouette, 300 × 300, one bit a pixel. Kept
 * here as text so that the built package needs no file beside it.
 */
const BASE64 = [
  "iVBORw0KGgoAAAANSUhEUgAAASwAAAEsAQMAAABDsxw2AAAABlBMVEXY3uSKlqOwtHFCAAACHUlEQVR42u3YS3KDMA",
  "yA4bgsuvQROApHw0fjKBzByy4Y02mTlIcl/A+Y5jH2+psESRhLvlzKKqusssoqq6yyXm19IGXH0aWVGcdxQD9Gfq79",
  "YZ78J/jXz182plh9ZR15tOTDXR8t+XDVjQUUQSqG+s62Y2jurCeBpkK9q/GLBJoI9S/Q7VDtxNxxVk+sI2nbTlw7MU",
  "/Stp04xsyMDaQIm2WYFWGrDJDZOXNHWT1n3VHWzFl/lLVz5o+yudqofVZmFmz4H1YtWHhFttgK+mYo7FRml8yVvD0x",
  "e4Nd/5Cv5UPOhcxHW95jN29LkLddydtKwf4NdoN5W1Da98IuGvbkeQcBOH3AWQZORnTOglMbnAHhRAnnUzjtwtmZTu",
  "Jwroe3BPDOgd5gwPsQeLtC72rKKusJrxCT38Bp26c2/e2TFFKsIR9L+uGy5PSgn2iDDmd6GMGDkp3OsHOA7UreSxjW",
  "qeYd2OFE2SxZT7pjtQ7LOUCtQ7ViAQWqhWrXzKUrqle1WbOe5EPJyDofSkaqiAWUDzkjNmZuP6tj1pG0yYlrY+ZT+0",
  "XdNUZgA8mumF/IhCJIZbAScyS7Un4bifV7WSsxT4oglYExI7KBFEEoA2RireJqQWZl5vaxWmYdKWlcVMhamfl9TFZR",
  "7bMyo7BhF6sUFnYx5T1av0l5mdWYO5HVGutOZI3G+hNZqzH/eKap1Z55YmZUNrwZq1QWCiuMsG/aXOEUUe89kwAAAA",
  "BJRU5ErkJggg==",
].join("");

export const DEFAULT_PHOTO: Buffer = Buffer.from(BASE64, "base64");
