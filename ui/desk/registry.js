// Who draws which word of the vocabulary: one entry a kind; a test walks core.tasks.screen and fails for a missing one.
export const DRAWS = { shows: {}, asks: {} };
