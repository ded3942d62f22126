import type { First } from './ru'
import type { More } from './ru.more'

/** All that the pages say. A word that one language lacks does not compile. */
export type Words = First & More
