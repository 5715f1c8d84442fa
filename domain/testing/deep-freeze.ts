/** For tests only: whatever changes the value afterwards throws, maps included. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) Object.defineProperties(value, { set: complains, delete: complains, clear: complains })
  Object.freeze(value)
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(inner)
  return value
}

const complains = {
  value: () => {
    throw new TypeError('a frozen map was changed')
  },
}
