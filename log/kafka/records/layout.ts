/** The head of a record batch (https://kafka.apache.org/documentation/#recordbatch). */

export const MAGIC = 2

/** Where the counted length starts, where the checksum starts, and where the records start. */
export const COUNTED_FROM = 12
export const CHECKED_FROM = 21
export const HEAD_BYTES = 61

/** Bits of the attributes. */
export const CODEC = 0x07
export const APPEND_TIME = 0x08
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20
