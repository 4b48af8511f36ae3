/** What a person is writing into a field, while others may change it. */
export interface Draft {
  /** What is written; null while the box shows what is held. */
  readonly text: string | null;
  /** What the asset holds, as text. */
  readonly held: string;
  /** What was sent last and not taken; only an Enter sends it again. */
  readonly refused: string | null;
  readonly isSending: boolean;
  /** Whether somebody else has changed the field under what is being written. */
  readonly isOvertaken: boolean;
}

export type DraftEvent =
  | { readonly type: "write"; readonly text: string }
  | { readonly type: "arrive"; readonly held: string }
  | { readonly type: "send" }
  | { readonly type: "answer"; readonly isTaken: boolean }
  | { readonly type: "revert" };

export function draftOf(held: string): Draft {
  return { text: null, held, refused: null, isSending: false, isOvertaken: false };
}

export function draftAfter(draft: Draft, event: DraftEvent): Draft {
  switch (event.type) {
    case "write":
      return { ...draft, text: event.text };
    case "arrive": {
      const { text, isSending } = draft;
      if (text === null || text === event.held) return draftOf(event.held);
      // While our own value is on its way, what arrives may be that value as the server writes it.
      return { ...draft, held: event.held, isOvertaken: !isSending || draft.isOvertaken };
    }
    case "send":
      return { ...draft, isSending: true, isOvertaken: false, refused: null };
    case "answer":
      return event.isTaken ? draftOf(draft.held) : { ...draft, isSending: false, refused: draft.text };
    case "revert":
      return draftOf(draft.held);
  }
}

/** Whether leaving the box sends what is in it: never what was refused, nor over what somebody else wrote. */
export function leavesToSend({ text, refused, isSending, isOvertaken }: Draft): boolean {
  return text !== null && text !== refused && !isSending && !isOvertaken;
}
