// Who draws which word of the vocabulary: one entry a kind; a test walks core.tasks.screen and fails for a missing one.
// `words` say an answer in one line; `compare` draws it against another where a line is not enough (texts, rankings).
export const DRAWS = { shows: {}, asks: {}, words: {}, compare: {} };
