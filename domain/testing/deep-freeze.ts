/** For tests only: every later change to the value throws, also a change to its maps. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) Object.defineProperties(value, { set: throws, delete: throws, clear: throws })
  Object.freeze(value)
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(inner)
  return value
}

const throws = {
  value: () => {
    throw new TypeError('a frozen map was changed')
  },
}
