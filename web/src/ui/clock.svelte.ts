/** The time, as coarse as people read it: rings and "2 ч 40 м" move by themselves. */
class Clock {
  now = $state(Date.now())

  constructor() {
    setInterval(() => (this.now = Date.now()), 20_000)
  }
}

export const clock = new Clock()
