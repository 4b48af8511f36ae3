/**
 * A field of which the server has said something. Left to the browser's own validation it would keep the form from
 * being sent again, however it is mended: only the server knows whether it is.
 */
export const REFUSED = { isInvalid: true, validationBehavior: "aria" } as const;
