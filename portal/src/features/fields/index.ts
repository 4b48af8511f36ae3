export { FieldInput, type Person } from "./FieldInput";
export { FieldValue } from "./FieldValue";
export { choosesFromList, FIELD_TYPES, inOrder, isSameValue } from "./model";
export { fieldKeys, organizationFieldsQuery, projectFieldsQuery } from "./queries";
export { usePeople } from "./usePeople";
export { WrittenInput } from "./WrittenInput";
