/** Phrases that readers stumbled over, and what to write instead. They are refused in prose: comments, texts, Markdown. */
export interface Phrase {
  /** Matched in any case. */
  pattern: RegExp
  instead: string
}

export const PHRASES: readonly Phrase[] = [
  { pattern: /\bwho(so)?ever\b/, instead: 'name the subject: the caller, a client, the process that …' },
  { pattern: /\b(no|any|some)body\b/, instead: 'name the subject: no process, any client, a reader' },
  { pattern: /\b(that|which|who|what) (is|are|was|were) none\b/, instead: 'is invalid, is not a …, does not exist' },
  { pattern: /\banew\b/, instead: 'again' },
  { pattern: /\b(is|are|was|were|be|been|being) told\b/, instead: 'receives, is notified; or name who reports it' },
  { pattern: /\bmend(s|ed|ing|able)?\b/, instead: 'fix, remedy' },
  { pattern: /\bsuch as say\b/, instead: 'name them: servers that do not answer' },
  { pattern: /\bno more does\b/, instead: 'neither does' },
  { pattern: /\blets? go\b/, instead: 'releases' },
  { pattern: /\bmay everything\b/, instead: 'has full access' },
  { pattern: /\bbears?\b/, instead: 'has, supports, tolerates' },
  { pattern: /\bwhatever (it|he|she|they|that|this)? ?(is|are|may be)\b/, instead: 'any' },
  { pattern: /\bsee to\b/, instead: 'check' },
  { pattern: /\bin vain\b/, instead: 'without success' },
]
